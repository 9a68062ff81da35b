//! One statement of a plan, with what a person should know of it.

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL.
    pub sql: Sql,
    /// What it destroys: "the column public.t.a and its values".
    pub destroys: Vec<String>,
    /// What it does to whoever uses the database meanwhile, and what it cannot do.
    pub remarks: Vec<String>,
    /// Whether what it makes can be used only after its transaction has ended: a new value of an enum.
    pub commits_first: bool,
}

/// The SQL of a statement, without its semicolon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sql {
    /// The whole of it.
    Whole(String),
    /// One action of an `ALTER TABLE` or another `ALTER`; neighbours on the same object become one statement.
    Action {
        /// `ALTER TABLE public.t`.
        head: String,
        /// `ADD COLUMN a integer`.
        action: String,
    },
}

impl Statement {
    /// A whole statement.
    pub fn whole(sql: impl Into<String>) -> Self {
        Self { sql: Sql::Whole(sql.into()), destroys: Vec::new(), remarks: Vec::new(), commits_first: false }
    }

    /// An action of `ALTER TABLE`.
    pub fn on_table(table: impl std::fmt::Display, action: impl Into<String>) -> Self {
        Self::action(format!("ALTER TABLE {table}"), action)
    }

    /// An action of any `ALTER` that takes several, separated by commas.
    pub fn action(head: impl Into<String>, action: impl Into<String>) -> Self {
        let sql = Sql::Action { head: head.into(), action: action.into() };
        Self { sql, destroys: Vec::new(), remarks: Vec::new(), commits_first: false }
    }

    /// Adds what it destroys.
    #[must_use]
    pub fn destroys(mut self, what: impl Into<String>) -> Self {
        self.destroys.push(what.into());
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }

    /// The statement by itself.
    pub fn text(&self) -> String {
        match &self.sql {
            Sql::Whole(sql) => sql.clone(),
            Sql::Action { head, action } => format!("{head} {action}"),
        }
    }
}
