//! vi - edit files on the screen
//! Spec: POSIX vi, BusyBox's, vim's habits where hands have them. Extras: text objects, visual modes, undo of any depth, command
//! lines of ex, a recovery file. Deviations: no open mode, no tags, no lisp; keys may come from a pipe.

mod ex;
mod ex_run;
mod file;
mod input;
mod insert;
mod motion;
mod normal;
mod object;
mod operator;
mod options;
mod put;
mod range;
mod screen;
mod search;
mod substitute;
mod text;
mod visual;

use crate::buffer::{Buffer, Pos, pos};
use base::applet::Kind;
use base::sys::signal;
use base::term::keys::Keys;
use base::term::screen::Tty;
use base::{Applet, Args, Context, Declaration, Exec, Opt, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "vi",
    place: Place::Bin,
    exec: Exec::fork("fills the screen and reads keys"),
    summary: "Edit each FILE on the screen",
    operands: "[+[COMMAND]] [FILE]...",
    notes: "+COMMAND is run as an ex command: +N goes to line N, +/PATTERN to a match, + to the end. EXINIT holds commands too.",
    options: &[
        Opt::value("c", "", "COMMAND", Kind::Text, "run the ex COMMAND first"),
        Opt::flag("R", "", "read only: :w needs !"),
        Opt::flag("r", "", "restore FILE from its recovery file; without FILE, list those here"),
        Opt::flag("H", "", "list the commands"),
        Opt::flag("e", "", "read ex commands from standard input"),
        Opt::flag("s", "", "with -e: say nothing"),
        Opt::hidden("C", ""),
        Opt::hidden("n", ""),
        Opt::hidden("N", ""),
    ],
    order: Order::Any,
    run,
    ..Declaration::DEFAULT
});

/// Which keys do what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Normal,
    Insert,
    Replace,
    /// By characters (`v`), lines (`V`) or columns (`^V`).
    Visual(u8),
}

/// What tells whether a file is still the one that was read: its inode, time and size.
pub type Stamp = [i64; 4];

/// The file that is edited.
#[derive(Default)]
pub struct File {
    pub name: Option<Vec<u8>>,
    /// What it was when it was read: device, inode, time, size.
    pub stamp: Option<Stamp>,
    pub readonly: bool,
    /// It was not there when it was to be read.
    pub is_new: bool,
    /// The number of edits that the recovery file has; None where there is no recovery file.
    pub kept: Option<u64>,
    /// The number of edits when it was read or written.
    pub written: u64,
}

/// The editor.
pub struct Vi<'p, 'c> {
    pub cx: &'p mut Context<'c>,
    pub tty: Option<Tty>,
    pub draws: bool,
    pub utf8: bool,
    pub buf: Buffer,
    pub file: File,
    /// The file before, and where one was in it.
    pub alternate: Option<(Vec<u8>, Pos)>,
    pub args: Vec<Vec<u8>>,
    pub arg: usize,
    pub cur: Pos,
    /// The column that up and down keep to.
    pub want: usize,
    pub mode: Mode,
    /// The other end of what is selected.
    pub anchor: Pos,
    pub opt: options::Options,
    pub input: input::Queue,
    pub keys: Keys<'static>,
    pub regs: Vec<operator::Register>,
    pub dot: normal::Dot,
    pub find: search::State,
    pub last_find: Option<(u32, u32)>,
    pub sub: substitute::Last,
    pub screen: screen::Screen,
    pub message: Vec<u8>,
    /// Lines that ex commands gave, to be shown together.
    pub output: Vec<Vec<u8>>,
    pub history: Vec<Vec<u8>>,
    pub last_bang: Vec<u8>,
    pub last_insert: Vec<u8>,
    /// The line that `U` restores, as it was when the cursor came to it.
    pub kept_line: Option<(usize, Vec<u8>)>,
    pub last_visual: Option<(u8, Pos, Pos)>,
    pub depth: usize,
    /// The number of the last `:g`.
    pub globals: u32,
    pub running_global: bool,
    /// The commands of ex mode.
    script: Option<base::io::Input>,
    pub is_ex: bool,
    pub quit: Option<u8>,
}

/// What an ex command says when it fails.
pub type Fails<T = ()> = base::Result<T>;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("H") {
        cx.stdout.put(HELP.as_bytes())?;
        return Ok(Status::SUCCESS);
    }
    let mut commands = args.texts("c");
    let mut files = Vec::new();
    for operand in &args.operands {
        match operand.strip_prefix(b"+") {
            Some(b"") => commands.push(b"$"),
            Some(command) => commands.push(command),
            None => files.push(operand.to_vec()),
        }
    }
    if args.has("r") && files.is_empty() {
        return file::list_saved(cx);
    }
    let is_ex = args.has("e");
    let is_terminal = rustix::termios::isatty(base::sys::descriptor(0)) && !is_ex;
    let tty = if is_terminal { Tty::open() } else { None };
    let utf8 = cx.is_utf8();
    let draws = cx.stdout.is_terminal() && !is_ex;
    let keys = Keys::new(base::sys::descriptor(0), utf8, false);
    // The process ends with it: nothing of it has to be given back.
    let mut vi = core::mem::ManuallyDrop::new(Vi {
        cx,
        tty,
        draws,
        utf8,
        buf: Buffer::default(),
        file: File::default(),
        alternate: None,
        args: files,
        arg: 0,
        cur: Pos::default(),
        want: 0,
        mode: Mode::Normal,
        anchor: Pos::default(),
        opt: options::Options::default(),
        input: input::Queue::default(),
        keys,
        regs: Vec::new(),
        dot: normal::Dot::default(),
        find: search::State::default(),
        last_find: None,
        sub: substitute::Last::default(),
        screen: screen::Screen::default(),
        message: Vec::new(),
        output: Vec::new(),
        history: Vec::new(),
        last_bang: Vec::new(),
        last_insert: Vec::new(),
        kept_line: None,
        last_visual: None,
        depth: 0,
        globals: 0,
        running_global: false,
        script: None,
        is_ex,
        quit: None,
    });
    vi.opt.readonly = args.has("R");
    vi.edit(&commands, args.has("r"))
}

impl Vi<'_, '_> {
    fn edit(&mut self, commands: &[&[u8]], recover: bool) -> Result<Status> {
        if let Some(tty) = &mut self.tty {
            tty.enter();
        } else {
            for number in [base::term::screen::HUP, base::term::screen::TERM] {
                let _ = signal::set(number, signal::Action::Note);
            }
        }
        self.open_screen();
        let exinit = self.cx.env.get(b"EXINIT").map(<[u8]>::to_vec);
        let first = self.args.first().cloned();
        if let Some(commands) = exinit.or_else(|| self.read_exrc()) {
            self.ex_lines(&commands);
        }
        self.load(first, recover);
        if self.is_ex {
            // ex begins at the end.
            self.go_line(self.buf.last());
        }
        for command in commands {
            self.ex_line(command);
            self.clamp();
        }
        if self.is_ex {
            self.ex_mode();
        }
        while self.quit.is_none() {
            self.command();
        }
        self.close_screen();
        if let Some(tty) = &mut self.tty {
            tty.leave();
        }
        self.cx.stdout.finish()?;
        let status = self.quit.unwrap_or(0);
        Ok(if status == 0 { self.cx.status() } else { Status(status) })
    }

    /// Commands of ex, one a line, from standard input.
    fn ex_mode(&mut self) {
        self.script = Some(core::mem::replace(&mut self.cx.stdin, base::io::Input::null()));
        while self.quit.is_none() {
            let Some(line) = self.script_line() else { break };
            self.ex_line(&line);
            let before = self.cur;
            self.buf.close(before);
            self.clamp();
        }
        if self.quit.is_none() {
            self.drop_recovery();
            self.quit = Some(u8::from(self.buf.is_modified()));
        }
    }

    /// The next line of ex mode's commands.
    pub fn script_line(&mut self) -> Option<Vec<u8>> {
        match self.script.as_mut()?.line(b'\n') {
            Ok(Some(line)) => Some(base::io::chomp(line, b'\n').to_vec()),
            _ => None,
        }
    }

    /// The line the cursor is on.
    pub fn line(&self) -> &[u8] {
        self.buf.line(self.cur.line)
    }

    /// Keeps the cursor on a character that is there.
    pub fn clamp(&mut self) {
        self.cur.line = self.cur.line.min(self.buf.last());
        let text = self.buf.line(self.cur.line);
        let most = match self.mode {
            Mode::Normal => text::last(text),
            _ => text.len(),
        };
        self.cur.col = self.cur.col.min(most);
        // Not inside a character.
        if self.cur.col < text.len() && self.utf8 {
            let after = text::next(text, self.cur.col);
            let start = text::previous(text, after);
            self.cur.col = start.min(self.cur.col);
        }
    }

    /// The column that the cursor is in is the one to keep.
    /// The column of the byte `col` in a text.
    #[inline(never)]
    pub fn column(&self, text: &[u8], col: usize) -> usize {
        text::column(text, col, self.opt.tabstop, self.utf8)
    }

    /// The byte of a text that is in a column.
    #[inline(never)]
    pub fn at_column(&self, text: &[u8], column: usize) -> usize {
        text::at_column(text, column, self.opt.tabstop, self.utf8)
    }

    /// What a new line begins with, by the indentation of line `n`.
    #[inline(never)]
    pub fn indent_of(&self, n: usize) -> Vec<u8> {
        if self.opt.autoindent { text::indent(self.buf.line(n)).to_vec() } else { Vec::new() }
    }

    /// The first and the last place of what is selected.
    #[inline(never)]
    pub fn ends(&self) -> (Pos, Pos) {
        (self.anchor.min(self.cur), self.anchor.max(self.cur))
    }

    pub fn keep_column(&mut self) {
        self.want = self.column(self.line(), self.cur.col);
    }

    pub fn go(&mut self, to: Pos) {
        self.cur = to;
        self.clamp();
        self.keep_column();
    }

    /// To the first character of a line that is not blank.
    pub fn go_line(&mut self, line: usize) {
        let line = line.min(self.buf.last());
        let col = text::first(self.buf.line(line));
        self.go(pos(line, col));
    }

    pub fn mark(&self, letter: u8) -> Option<Pos> {
        match letter {
            b'<' | b'>' => self.last_visual.map(|(_, a, b)| if (a < b) == (letter == b'<') { a } else { b }),
            _ => {
                let found = self.buf.marks.iter().find(|(known, _)| *known == letter).map(|(_, place)| *place);
                // Before any jump, where one came from is the beginning.
                found.or_else(|| (letter == b'\'').then_some(pos(0, 0)))
            }
        }
    }

    pub fn set_mark(&mut self, letter: u8, place: Pos) {
        self.buf.set_mark(letter, place);
    }

    /// A message for the last line of the screen.
    pub fn say(&mut self, text: &[u8]) {
        self.message.clear();
        self.message.extend_from_slice(text);
    }

    /// Says what went wrong.
    #[inline(never)]
    pub fn say_error(&mut self, error: base::Error) {
        self.message = error.text().unwrap_or_default();
    }

    /// Something cannot be done: keys that were to follow by themselves are forgotten.
    #[inline(never)]
    pub fn fail(&mut self) {
        self.input.stop();
    }
}

/// An error: what is wrong, and about what.
#[cold]
#[inline(never)]
pub fn wrong(what: &[u8], about: &[u8]) -> base::Error {
    base::Error::message([what, about].concat())
}

/// A file's name in quotes: what most messages begin with.
#[inline(never)]
fn quoted(name: &[u8]) -> Vec<u8> {
    base::bytes::fill("\"%\"", &[name])
}

/// Appends how large a text is.
fn push_size(out: &mut Vec<u8>, lines: usize, bytes: usize) {
    base::number::push_u64(out, lines as u64);
    out.extend_from_slice(b"L, ");
    base::number::push_u64(out, bytes as u64);
    out.push(b'B');
}

static HELP: &str = "\
Move: h j k l w b e W B E ge 0 ^ $ | gg G H M L f F t T ; , % ( ) { } [[ ]] n N * # / ? + - ` ' ^D ^U ^F ^B ^E ^Y zt zz zb
Change: i a I A o O gi R r s S x X d c y D C Y J gJ p P ~ > < = ! g~ gu gU u ^R U . & q @ m \"
Objects: iw aw iW aW is as ip ap i( a( i[ i{ i< it i\" i' i`        Select: v V ^V gv o
Files: :w :wq :x :q :e :r :n :prev :rew :args :f ZZ ZQ ^G ^^
Lines: :s :& :g :v :d :y :pu :m :t :j :> :< :normal :! := :k :p :l :nu :set :map :ab :noh :u :red :so
";
