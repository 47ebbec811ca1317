//! The program as a tree: nodes lie in two arenas and name one another by number, so that a tree of any depth is dropped
//! without recursion.

/// An expression, by its number in [`Tree::exprs`].
pub type E = u32;
/// A statement, by its number in [`Tree::stmts`].
pub type S = u32;

/// A variable, found when the program was parsed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Var {
    Global(u32),
    /// A parameter of the function that is being defined.
    Local(u32),
}

/// The operations on two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

/// The comparisons, by what they hold of: 1 less, 2 equal, 4 greater, 8 no order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    Lt = 1,
    Le = 3,
    Eq = 2,
    Ne = 13,
    Gt = 4,
    Ge = 6,
}

/// Where `getline` reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Main,
    File,
    Command,
}

/// Where `print` writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dest {
    Stdout,
    File,
    Append,
    Command,
}

#[derive(Debug)]
pub enum Expr {
    Number(f64),
    Text(Vec<u8>),
    /// A pattern; alone it is matched against the record.
    Regex(Vec<u8>),
    Var(Var),
    Field(E),
    Index(Var, Vec<E>),
    Assign(E, E),
    ArithAssign(Arith, E, E),
    Arith(Arith, E, E),
    Compare(Compare, E, E),
    /// Whether it is `!~`, the text, the pattern.
    Match(bool, E, E),
    Concat(Vec<E>),
    And(E, E),
    Or(E, E),
    Not(E),
    Minus(E),
    Plus(E),
    Cond(E, E, E),
    In(Vec<E>, Var),
    /// Whether it gives the new value, what it adds, where.
    Increment(bool, f64, E),
    Call(u32, Vec<E>),
    Builtin(super::builtin::Builtin, Vec<E>),
    Getline(Source, Option<E>, Option<E>),
    /// A list in parentheses: the operands of `print`, or the subscripts of `in`.
    Group(Vec<E>),
    /// An expression in parentheses.
    Paren(E),
}

#[derive(Debug)]
pub enum Stmt {
    Expr(E),
    Print(Vec<E>, Dest, Option<E>),
    Printf(Vec<E>, Dest, Option<E>),
    If(Vec<(E, S)>, Option<S>),
    While(E, S),
    Do(S, E),
    For(Option<S>, Option<E>, Option<S>, S),
    ForIn(E, Var, S),
    /// Each case's values (None is `default`) and the statements that follow it.
    Switch(E, Vec<(Option<E>, Vec<S>)>),
    Block(Vec<S>),
    Next,
    NextFile,
    Exit(Option<E>),
    Return(Option<E>),
    Break,
    Continue,
    Delete(Var, Option<Vec<E>>),
}

/// What a rule is for.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Begin,
    End,
    BeginFile,
    EndFile,
    Always,
    If(E),
    Range(E, E),
}

/// A function of the user's.
#[derive(Default, Debug)]
pub struct Function {
    pub name: Vec<u8>,
    pub parameters: Vec<Vec<u8>>,
    pub body: Option<S>,
    /// Where it was first mentioned.
    pub at: u32,
    /// Which parameters are arrays.
    pub arrays: Vec<bool>,
}

/// A parsed program.
#[derive(Default, Debug)]
pub struct Tree {
    pub exprs: Vec<Expr>,
    /// For each expression its place in the text, and whether it may change anything.
    pub about: Vec<(u32, bool)>,
    pub stmts: Vec<(Stmt, u32)>,
    pub functions: Vec<Function>,
    pub globals: Vec<Vec<u8>>,
    pub rules: Vec<(When, Option<S>)>,
}

impl Tree {
    pub fn expr(&self, e: E) -> &Expr {
        self.exprs.get(e as usize).unwrap_or(&Expr::Number(0.0))
    }

    pub fn has_effects(&self, e: E) -> bool {
        self.about.get(e as usize).is_none_or(|about| about.1)
    }

    pub fn place(&self, e: E) -> u32 {
        self.about.get(e as usize).map_or(0, |about| about.0)
    }

    pub fn add(&mut self, expr: Expr, at: u32) -> E {
        let any = |list: &[E]| list.iter().any(|e| self.has_effects(*e));
        let effects = match &expr {
            Expr::Number(_) | Expr::Text(_) | Expr::Regex(_) | Expr::Var(_) => false,
            Expr::Assign(..) | Expr::ArithAssign(..) | Expr::Increment(..) | Expr::Call(..) | Expr::Getline(..) => true,
            Expr::Builtin(builtin, list) => builtin.has_effects() || any(list),
            Expr::Field(e) | Expr::Not(e) | Expr::Minus(e) | Expr::Plus(e) | Expr::Paren(e) => any(&[*e]),
            Expr::Arith(_, a, b) | Expr::Compare(_, a, b) | Expr::Match(_, a, b) | Expr::And(a, b) | Expr::Or(a, b) => {
                any(&[*a, *b])
            }
            Expr::Cond(a, b, c) => any(&[*a, *b, *c]),
            // A subscript that is read comes into being, which nothing but `in` and `length` can tell.
            Expr::Index(_, list) | Expr::In(list, _) | Expr::Concat(list) | Expr::Group(list) => any(list),
        };
        self.exprs.push(expr);
        self.about.push((at, effects));
        u32::try_from(self.exprs.len() - 1).unwrap_or(u32::MAX)
    }

    pub fn add_stmt(&mut self, stmt: Stmt, at: u32) -> S {
        self.stmts.push((stmt, at));
        u32::try_from(self.stmts.len() - 1).unwrap_or(u32::MAX)
    }
}
