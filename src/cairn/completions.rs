//! Completions of every applet's options for bash, zsh and fish, derived from the tables.

use base::applet::{Applet, Kind, Known};
use base::context::Context;
use base::error::Result;

/// Prints the completions for `shell`, which is one of the three.
pub fn print(cx: &mut Context, shell: &str) -> Result<()> {
    let mut text = String::new();
    if shell == "bash" {
        text.push_str(
            "_cairn_words() { COMPREPLY=($(compgen -o default -W \"$1\" -- \"${COMP_WORDS[COMP_CWORD]}\")); }\n",
        );
    } else if shell == "zsh" {
        text.push_str("#compdef cairn\n");
    }
    for (name, applet) in cx.registry.names() {
        match shell {
            "bash" => bash(&mut text, name, applet),
            "zsh" => zsh(&mut text, name, applet),
            _ => fish(&mut text, name, applet),
        }
    }
    cx.stdout.put(text.as_bytes())
}

/// A word that stands for itself in the names of functions: `[` and `[[` have none.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+'))
}

/// `text` between single quotes.
fn quoted(text: &str) -> String {
    ["'", &text.replace('\'', "'\\''"), "'"].concat()
}

fn put(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}

/// Calls `with` for each spelling of each option that is shown: `-l` and `--long`.
fn spellings(applet: &Applet, with: &mut dyn FnMut(&Known, &str)) {
    for option in applet.options().iter().filter(|option| !option.help().is_empty()) {
        if option.short().is_some() {
            with(&option, &["-", option.id()].concat());
        }
        if !option.long().is_empty() {
            with(&option, &["--", option.long()].concat());
        }
    }
}

fn bash(text: &mut String, name: &str, applet: &Applet) {
    if !is_plain(name) || applet.options().is_empty() {
        return;
    }
    let function = name.replace(['-', '.', '+'], "_");
    let mut words = String::new();
    spellings(applet, &mut |option, spelling| {
        let equals = if option.needs_value() && spelling.starts_with("--") { "=" } else { "" };
        put(&mut words, &[spelling, equals, " "]);
    });
    words.push_str("--help");
    let words = quoted(&words);
    let head = ["_cairn_", &function, "() { case ${COMP_WORDS[COMP_CWORD]} in -*) _cairn_words "].concat();
    put(text, &[&head, &words, ";; *) COMPREPLY=();; esac; }\n"]);
    put(text, &["complete -o default -F _cairn_", &function, " ", name, "\n"]);
}

#[inline(never)]
fn zsh(text: &mut String, name: &str, applet: &Applet) {
    if !is_plain(name) || applet.options().is_empty() {
        return;
    }
    let function = name.replace(['-', '.', '+'], "_");
    put(text, &["_cairn_", &function, "() {\n  _arguments -s"]);
    spellings(applet, &mut |option, spelling| {
        let mut what = spelling.to_string();
        if !option.metavar().is_empty() && spelling.starts_with("--") {
            what.push('=');
        }
        put(&mut what, &["[", &option.help().unpack().replace(['[', ']'], "").replace(':', "\\:"), "]"]);
        if !option.metavar().is_empty() {
            put(&mut what, &[":", &option.metavar().replace(':', "\\:"), ":"]);
            match option.kind() {
                Kind::Choice(words) | Kind::OptionalChoice(words) => put(&mut what, &["(", &words.join(" "), ")"]),
                _ => what.push_str("_files"),
            }
        }
        put(text, &[" \\\n    ", &quoted(&what)]);
    });
    put(text, &[" \\\n    '*:file:_files'\n}\ncompdef _cairn_", &function, " ", name, "\n"]);
}

fn fish(text: &mut String, name: &str, applet: &Applet) {
    let name = quoted(name);
    for option in applet.options().iter().filter(|option| !option.help().is_empty()) {
        put(text, &["complete -c ", &name]);
        if option.short().is_some() {
            put(text, &[" -s ", &quoted(option.id())]);
        }
        if !option.long().is_empty() {
            put(text, &[" -l ", option.long()]);
        }
        match option.kind() {
            Kind::Choice(words) => put(text, &[" -x -a ", &quoted(&words.join(" "))]),
            Kind::OptionalChoice(words) => put(text, &[" -f -a ", &quoted(&words.join(" "))]),
            _ if option.needs_value() => text.push_str(" -r"),
            _ => {}
        }
        put(text, &[" -d ", &quoted(&option.help().unpack()), "\n"]);
    }
}
