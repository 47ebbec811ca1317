//! bc - calculate with numbers of any length
//! Spec: POSIX.1-2024, GNU. Extras: GNU's names of several letters, `last`, `print`, `read()`, `else`, `halt`, void functions,
//! arrays by reference, the length of an array. Deviations: the status is 1 after an error in the program, as BusyBox's; no banner;
//! `length()` counts significant digits as POSIX has it, GNU's also zeros behind the point.

mod code;
mod lexer;
mod machine;
mod parser;

use crate::number::Lines;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status};
use lexer::Lexer;
use machine::{Halt, Machine};
use parser::{Extensions, Item, Names, Parser, Stop};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "bc",
    exec: Exec::no_exec("a program may run for ever"),
    summary: "Calculate with numbers of any length",
    operands: "[FILE]...",
    notes: "The FILEs are read first, then standard input. The environment's BC_LINE_LENGTH is where long numbers are \
            broken (70); 0 means never.",
    options: &[
        Opt::flag("l", "mathlib", "define s, c, a, l, e, j; scale is 20"),
        Opt::flag("i", "interactive", "accepted"),
        Opt::flag("q", "quiet", "accepted: there is no banner"),
        Opt::flag("s", "standard", "refuse what POSIX does not have"),
        Opt::flag("w", "warn", "warn of what POSIX does not have"),
        Opt::value("e", "expression", "TEXT", Kind::Text, "run TEXT before the files"),
        Opt::flag("h", "", "show this help"),
        Opt::flag("v", "version", "show the version"),
    ],
    run,
    ..Declaration::DEFAULT
});

struct Program {
    machine: Machine,
    names: Names,
    extensions: Extensions,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("h") {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    if args.has("v") {
        base::help::print_version(cx)?;
        return Ok(Status::SUCCESS);
    }
    let mut program = Program {
        machine: Machine::new(Lines::length(cx, b"BC_LINE_LENGTH")),
        names: Names::default(),
        extensions: match args.last_of(&["s", "w"]) {
            Some("s") => Extensions::Refused,
            Some(_) => Extensions::Warned,
            None => Extensions::Welcome,
        },
    };
    if args.has("l") {
        program.machine.load_library(&mut program.names);
    }
    for text in args.texts("e") {
        let mut text = text.to_vec();
        text.push(b'\n');
        if !program.run(cx, Lexer::new(base::io::Input::memory(text, b"-e"), b"(-e)"))? {
            return Ok(cx.status());
        }
    }
    for path in &args.operands {
        let input = cx.open(path)?;
        if !program.run(cx, Lexer::new(input, path))? {
            return Ok(cx.status());
        }
    }
    if !args.has("e") || !args.operands.is_empty() {
        let input = cx.open(b"-")?;
        program.run(cx, Lexer::new(input, STANDARD_INPUT))?;
    }
    Ok(cx.status())
}

/// What messages call standard input.
const STANDARD_INPUT: &[u8] = b"(standard_in)";

/// `FILE LINE: `, as messages begin.
fn location(lexer: &Lexer) -> Vec<u8> {
    let mut text = lexer.name.clone();
    text.push(b' ');
    base::number::push_u64(&mut text, lexer.number);
    text.extend_from_slice(b": ");
    text
}

impl Lexer {
    /// Whether the program itself comes from standard input.
    fn is_standard_input(&self) -> bool {
        self.name == STANDARD_INPUT
    }
}

impl Program {
    /// Runs a text to its end; false where the program has asked to end.
    fn run(&mut self, cx: &mut Context, mut lexer: Lexer) -> Result<bool> {
        let goes_on = self.lines(cx, &mut lexer)?;
        if lexer.is_standard_input() {
            // What was not read is for whoever reads next.
            cx.stdin = lexer.into_input();
        }
        Ok(goes_on)
    }

    fn lines(&mut self, cx: &mut Context, lexer: &mut Lexer) -> Result<bool> {
        loop {
            let text = match Parser::new(cx, lexer, &mut self.names, self.extensions).item() {
                Ok(Item::End) => return Ok(true),
                Ok(Item::Function(index, code)) => {
                    self.machine.define(index, code);
                    continue;
                }
                Ok(Item::Code(code)) => match self.machine.run(code, cx, lexer, &self.names) {
                    Ok(()) => continue,
                    Err(halt) => match *halt {
                        Halt::Asked => return Ok(false),
                        Halt::Failed(error) => return Err(error),
                        Halt::Runtime(text) => text,
                    },
                },
                Err(stop) => match *stop {
                    Stop::Quit => return Ok(false),
                    Stop::Failed(error) => return Err(error),
                    Stop::Syntax(text) => {
                        lexer.skip_line();
                        text
                    }
                },
            };
            let mut message = location(lexer);
            message.extend_from_slice(&text);
            cx.warn(Error::message(message));
        }
    }
}
