//! What a template was made of, and what is to be done in it to come to something else.

use serde::{Deserialize, Serialize};

use crate::schema::QualifiedName;
use crate::sql;
use crate::sqlmodel::{Parts, Since};

/// How many views are made anew where others stay. With more, a template is made that has them.
const MOST: usize = 4;

/// What a template was made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Made {
    /// The models.
    pub parts: Parts,
    /// The texts of the view files. `None` where these cannot be made without the other files.
    pub views: Option<Vec<String>>,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// SQL, without semicolons. What has gone with a table or a view has to be made again afterwards.
    pub statements: Vec<String>,
    /// How much there is to do in all.
    pub size: usize,
}

impl Made {
    /// What leads from here to these models and views; `None` where it would not be worth it.
    pub fn steps_to(&self, parts: &Parts, views: &[&str]) -> Option<Steps> {
        let Since { mut statements, gained } = parts.since(&self.parts)?;
        let made = self.views.as_deref().unwrap_or_default();
        let missing = views.iter().filter(|text| !made.iter().any(|it| it == *text)).count();
        (self.views.is_none() || missing <= MOST).then_some(())?;
        let sees = |text: &str| gained.iter().any(|it| sql::may_see(text, &it.table, &it.column));
        for old in made.iter().filter(|it| !views.contains(&it.as_str()) || sees(it)) {
            let view = sql::view_alone(old)?;
            let kind = if view.materialised { "MATERIALIZED VIEW" } else { "VIEW" };
            // It may have gone with its table.
            statements.push(format!("DROP {kind} IF EXISTS {} CASCADE", name_of(&view)));
        }
        let size = statements.len() + missing;
        Some(Steps { statements, size })
    }

    /// Whether the view of this file was made from it.
    pub fn has(&self, text: &str) -> bool {
        self.views.iter().flatten().any(|it| it == text)
    }
}

/// The view that a file makes and nothing else, as SQL names it.
pub fn view_of_file(text: &str) -> Option<QualifiedName> {
    sql::view_alone(text).map(|view| name_of(&view))
}

fn name_of(view: &sql::CreatedView) -> QualifiedName {
    QualifiedName::new(view.name.0.clone(), view.name.1.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(views: &[&str]) -> Made {
        Made { parts: Parts::default(), views: Some(views.iter().map(|it| (*it).to_owned()).collect()) }
    }

    const A: &str = "CREATE VIEW a AS SELECT 1";
    const M: &str = "CREATE MATERIALIZED VIEW lab.m AS SELECT 1; CREATE INDEX i ON lab.m (x)";

    #[test]
    fn what_is_no_longer_said_is_dropped() {
        assert_eq!(made(&[A, M]).steps_to(&Parts::default(), &[A, M]), Some(Steps::default()));
        let steps = made(&[A, M]).steps_to(&Parts::default(), &["CREATE VIEW a AS SELECT 2"]).expect("steps");
        assert_eq!(
            steps.statements,
            ["DROP VIEW IF EXISTS public.a CASCADE", "DROP MATERIALIZED VIEW IF EXISTS lab.m CASCADE"]
        );
        assert_eq!(steps.size, 3);
    }

    #[test]
    fn with_many_new_views_a_template_is_made_that_has_them() {
        let many: Vec<String> = (0..=MOST).map(|number| format!("CREATE VIEW v{number} AS SELECT 1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(made(&[A]).steps_to(&Parts::default(), &many[1..]).is_some());
        assert!(made(&[A]).steps_to(&Parts::default(), &many).is_none());
        // They cannot be in one.
        assert!(Made::default().steps_to(&Parts::default(), &many).is_some());
    }
}
