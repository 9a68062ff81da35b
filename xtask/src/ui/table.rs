//! Tables without lines: columns that line up, on a terminal and in a pipe.

use comfy_table::{CellAlignment, ContentArrangement, presets};

/// A table under construction.
pub struct Table {
    inner: comfy_table::Table,
}

impl Table {
    /// With these headings.
    pub fn new(headings: &[&str]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        inner.set_header(headings.iter().map(|heading| heading.to_uppercase()));
        Self { inner }
    }

    /// Right-aligns a column: for numbers and sizes.
    #[must_use]
    pub fn right(mut self, column: usize) -> Self {
        if let Some(column) = self.inner.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        self
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.inner.add_row(cells.into_iter().map(Into::into).collect::<Vec<String>>());
    }

    /// The text, without blanks at line ends.
    pub fn render(&self) -> String {
        let text = self.inner.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let indent = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
        lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_clean() {
        let mut table = Table::new(&["view", "rows"]).right(1);
        table.row(["a", "5"]);
        table.row(["long name", "12345"]);
        assert_eq!(table.render(), "VIEW        ROWS\na              5\nlong name  12345");
    }
}
