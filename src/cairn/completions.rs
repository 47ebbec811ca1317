//! Completions of every applet's options for bash, zsh and fish, derived from the tables.

use base::applet::{Applet, Kind};
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
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn bash(text: &mut String, name: &str, applet: &Applet) {
    if !is_plain(name) || applet.options.is_empty() {
        return;
    }
    let mut words = Vec::new();
    for option in applet.options.iter().filter(|option| !matches!(option.kind(), Kind::Hidden)) {
        if let Some(letter) = option.short() {
            words.push(format!("-{}", char::from(letter)));
        }
        if !option.long().is_empty() {
            words.push(format!("--{}{}", option.long(), if option.needs_value() { "=" } else { "" }));
        }
    }
    words.push("--help".to_string());
    let words = quoted(&words.join(" "));
    text.push_str(&format!(
        "_cairn_{}() {{ case ${{COMP_WORDS[COMP_CWORD]}} in -*) _cairn_words {words};; *) COMPREPLY=();; esac; }}\n\
         complete -o default -F _cairn_{} {name}\n",
        name.replace(['-', '.', '+'], "_"),
        name.replace(['-', '.', '+'], "_")
    ));
}

fn zsh(text: &mut String, name: &str, applet: &Applet) {
    if !is_plain(name) || applet.options.is_empty() {
        return;
    }
    let function = name.replace(['-', '.', '+'], "_");
    text.push_str(&format!("_cairn_{function}() {{\n  _arguments -s"));
    for option in applet.options.iter().filter(|option| !option.help().is_empty()) {
        let help = option.help().replace(['[', ']'], "").replace(':', "\\:");
        let value = if option.metavar().is_empty() {
            String::new()
        } else {
            let action = match option.kind() {
                Kind::Choice(words) | Kind::OptionalChoice(words) => format!("({})", words.join(" ")),
                _ => "_files".to_string(),
            };
            format!(":{}:{action}", option.metavar().replace(':', "\\:"))
        };
        if let Some(letter) = option.short() {
            text.push_str(&format!(" \\\n    {}", quoted(&format!("-{}[{help}]{value}", char::from(letter)))));
        }
        if !option.long().is_empty() {
            let equals = if option.metavar().is_empty() { "" } else { "=" };
            text.push_str(&format!(" \\\n    {}", quoted(&format!("--{}{equals}[{help}]{value}", option.long()))));
        }
    }
    text.push_str(&format!(" \\\n    '*:file:_files'\n}}\ncompdef _cairn_{function} {name}\n"));
}

fn fish(text: &mut String, name: &str, applet: &Applet) {
    let name = quoted(name);
    for option in applet.options.iter().filter(|option| !option.help().is_empty()) {
        text.push_str(&format!("complete -c {name}"));
        if let Some(letter) = option.short() {
            text.push_str(&format!(" -s {}", quoted(&char::from(letter).to_string())));
        }
        if !option.long().is_empty() {
            text.push_str(&format!(" -l {}", option.long()));
        }
        match option.kind() {
            Kind::Choice(words) => text.push_str(&format!(" -x -a {}", quoted(&words.join(" ")))),
            Kind::OptionalChoice(words) => text.push_str(&format!(" -f -a {}", quoted(&words.join(" ")))),
            _ if option.needs_value() => text.push_str(" -r"),
            _ => {}
        }
        text.push_str(&format!(" -d {}\n", quoted(option.help())));
    }
}
