//! Errors as values: what went wrong, with the status to leave with. The layer prints them; applets return or `warn` them.

pub use rustix::io::Errno;

/// The result of everything in an applet that can fail.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// A failure on its way to the one place that reports it. One pointer, so that a `Result` fits into registers wherever `?`
/// hands it on: by value it was five words, and the copies of them 113 KB of the binary.
#[derive(Debug)]
pub struct Error(Box<Failure>);

#[derive(Debug)]
struct Failure {
    kind: Kind,
    status: Option<u8>,
}

#[derive(Debug)]
enum Kind {
    Usage(Vec<u8>),
    Message(Vec<u8>),
    System { what: Vec<u8>, errno: Errno },
    Quiet,
}

impl Error {
    fn of(kind: Kind) -> Error {
        Error(Box::new(Failure { kind, status: None }))
    }

    /// Wrong usage: `text`, then the applet's usage line, then its usage status.
    pub fn usage(text: impl Into<Vec<u8>>) -> Error {
        Error::of(Kind::Usage(text.into()))
    }

    /// A failure that `text` describes in full (no applet name, no newline).
    pub fn message(text: impl Into<Vec<u8>>) -> Error {
        Error::of(Kind::Message(text.into()))
    }

    /// As [`usage`](Error::usage), with the text `what 'word'`.
    #[cold]
    #[inline(never)]
    pub fn usage_about(what: &str, word: &[u8]) -> Error {
        Error::usage(quoted(what, word))
    }

    /// As [`message`](Error::message), with the text `what 'word'`.
    #[cold]
    #[inline(never)]
    pub fn message_about(what: &str, word: &[u8]) -> Error {
        Error::message(quoted(what, word))
    }

    /// As [`message`](Error::message), with the text that [`fill`](crate::bytes::fill) makes of them.
    #[cold]
    #[inline(never)]
    pub fn message_of(template: &str, parts: &[&[u8]]) -> Error {
        Error::message(crate::bytes::fill(template, parts))
    }

    /// As [`usage`](Error::usage), with the text that [`fill`](crate::bytes::fill) makes of them.
    #[cold]
    #[inline(never)]
    pub fn usage_of(template: &str, parts: &[&[u8]]) -> Error {
        Error::usage(crate::bytes::fill(template, parts))
    }

    /// A system call failed: `what` names the path or the object, strerror's text follows.
    /// An empty path is shown as `''`.
    pub fn system(what: impl Into<Vec<u8>>, errno: Errno) -> Error {
        let mut what = what.into();
        if what.is_empty() {
            what.extend_from_slice(b"''");
        }
        Error::of(Kind::System { what, errno })
    }

    /// Nothing to print; leave with `status`.
    pub fn quiet(status: u8) -> Error {
        Error::of(Kind::Quiet).with_status(status)
    }

    /// The same error, leaving with `status` instead of the applet's own.
    pub fn with_status(mut self, status: u8) -> Error {
        self.0.status = Some(status);
        self
    }

    /// The status this error asks for, if it asks for one.
    pub fn status(&self) -> Option<u8> {
        self.0.status
    }

    /// Whether this is wrong usage, after which the usage line is printed.
    pub fn is_usage(&self) -> bool {
        matches!(self.0.kind, Kind::Usage(_))
    }

    /// The error number, where a system call failed.
    pub fn errno(&self) -> Option<Errno> {
        match self.0.kind {
            Kind::System { errno, .. } => Some(errno),
            _ => None,
        }
    }

    /// The text to print after the applet's name; None for a quiet one.
    pub fn text(&self) -> Option<Vec<u8>> {
        match &self.0.kind {
            Kind::Usage(text) | Kind::Message(text) => Some(text.clone()),
            Kind::System { what, errno } => {
                let mut text = what.clone();
                if !text.is_empty() {
                    text.extend_from_slice(b": ");
                }
                text.extend_from_slice(strerror(*errno).as_bytes());
                Some(text)
            }
            Kind::Quiet => None,
        }
    }
}

impl From<Errno> for Error {
    /// For calls that concern no path; give one with [`ResultExt::at`] wherever there is one.
    fn from(errno: Errno) -> Error {
        Error::of(Kind::System { what: Vec::new(), errno })
    }
}

impl From<std::io::Error> for Error {
    /// `std::io::Error` comes from writing to an [`Output`](crate::io::Output): reading has errors of its own.
    fn from(error: std::io::Error) -> Error {
        let errno = errno_of(&error);
        if errno == Errno::PIPE { Error::quiet(1) } else { Error::system("write error", errno) }
    }
}

/// `what 'word'`, as most messages are that are about something of the user's.
#[cold]
#[inline(never)]
pub fn quoted(what: &str, word: &[u8]) -> Vec<u8> {
    crate::bytes::fill("% '%'", &[what.as_bytes(), word])
}

/// The error number inside a `std::io::Error`; EIO where it carries none.
pub fn errno_of(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)
}

/// Gives an error number the path or object it concerns.
pub trait ResultExt<T> {
    /// `Err(errno)` becomes `what: strerror text`.
    fn at(self, what: &[u8]) -> Result<T>;
}

impl<T> ResultExt<T> for core::result::Result<T, Errno> {
    fn at(self, what: &[u8]) -> Result<T> {
        self.map_err(|errno| Error::system(what, errno))
    }
}

impl<T> ResultExt<T> for std::io::Result<T> {
    fn at(self, what: &[u8]) -> Result<T> {
        self.map_err(|error| Error::system(what, errno_of(&error)))
    }
}

/// The text of an error number, as strerror of the reference systems gives it (musl's differs in a few).
pub fn strerror(errno: Errno) -> &'static str {
    match errno {
        Errno::LOOP => "Too many levels of symbolic links",
        Errno::BUSY => "Device or resource busy",
        Errno::CHILD => "No child processes",
        Errno::DEADLK => "Resource deadlock avoided",
        Errno::SPIPE => "Illegal seek",
        Errno::OVERFLOW => "Value too large for defined data type",
        Errno::XDEV => "Invalid cross-device link",
        Errno::NOTTY => "Inappropriate ioctl for device",
        Errno::NAMETOOLONG => "File name too long",
        Errno::NXIO => "No such device or address",
        Errno::NOMEM => "Cannot allocate memory",
        Errno::NFILE => "Too many open files in system",
        Errno::MFILE => "Too many open files",
        Errno::IO => "Input/output error",
        Errno::RANGE => "Numerical result out of range",
        Errno::DOM => "Numerical argument out of domain",
        Errno::NOEXEC => "Exec format error",
        Errno::ILSEQ => "Invalid or incomplete multibyte or wide character",
        Errno::NOPROTOOPT => "Protocol not available",
        Errno::DQUOT => "Disk quota exceeded",
        Errno::STALE => "Stale file handle",
        Errno::TIMEDOUT => "Connection timed out",
        Errno::NODATA => "No data available",
        Errno::NOTSUP => "Operation not supported",
        Errno::HOSTUNREACH => "No route to host",
        Errno::AFNOSUPPORT => "Address family not supported by protocol",
        _ => crate::sys::strerror(errno),
    }
}
