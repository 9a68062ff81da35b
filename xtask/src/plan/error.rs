//! Why there is no plan.

use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const CIRCLE: Code = Code::new("plan-circle");

/// Why there is no plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// Steps wait for each other.
    #[error("these changes wait for each other in a circle: {}", .0.join(", "))]
    Circle(Vec<String>),
}

impl Diagnose for PlanError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Circle(steps) => Diagnostic::error(CIRCLE, Exit::Failed, self.to_string())
                .because(format!("each needs the one before it; there are {} of them", steps.len()))
                .try_command("Write this revision by hand", "cargo xtask revision -m \"…\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_names_its_steps_and_a_way_out() {
        let error = PlanError::Circle(vec!["create table public.a".to_owned(), "create table public.b".to_owned()]);
        assert_eq!(
            error.to_string(),
            "these changes wait for each other in a circle: create table public.a, create table public.b"
        );
        assert_eq!(error.diagnose().code, CIRCLE);
    }
}
