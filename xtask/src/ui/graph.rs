//! A history drawn the way `git log --graph` draws it.

use renderdag::{Ancestor, GraphRowRenderer, Renderer};

/// One node of the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// What it is called in `parents`.
    pub id: String,
    /// Its parents, with `true` for one that is only depended on.
    pub parents: Vec<(String, bool)>,
    /// The sign that stands for it.
    pub glyph: &'static str,
    /// The text beside it; may have several lines.
    pub text: String,
}

/// Draws nodes that are given children first.
pub fn draw(nodes: &[GraphNode]) -> String {
    let known: std::collections::HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let mut renderer = GraphRowRenderer::new().output().with_min_row_height(1).build_box_drawing().with_square_glyphs();
    let mut drawing = String::new();
    for node in nodes {
        let parents =
            node.parents.iter().map(|(id, only_depended_on)| match (known.contains(id.as_str()), only_depended_on) {
                // A parent outside of the range that is shown ends its line.
                (false, _) => Ancestor::Anonymous,
                (true, true) => Ancestor::Ancestor(id.clone()),
                (true, false) => Ancestor::Parent(id.clone()),
            });
        let row = renderer.next_row(node.id.clone(), parents.collect(), node.glyph.to_owned(), node.text.clone());
        drawing.push_str(&row);
    }
    drawing.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parents: &[&str]) -> GraphNode {
        let parents = parents.iter().map(|parent| ((*parent).to_owned(), false)).collect();
        GraphNode { id: id.to_owned(), parents, glyph: "o", text: id.to_owned() }
    }

    #[test]
    fn a_branch_and_its_merge() {
        let drawing = draw(&[node("m", &["b", "c"]), node("c", &["a"]), node("b", &["a"]), node("a", &[])]);
        assert_eq!(drawing, "o    m\n├─┐\n│ o  c\no │  b\n├─┘\no  a");
    }

    #[test]
    fn a_straight_line_takes_one_line_each() {
        assert_eq!(draw(&[node("b", &["a"]), node("a", &["outside"])]), "o  b\no  a\n│\n~");
    }
}
