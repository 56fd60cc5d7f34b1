//! Functions and types of a source file, found by their names.
//!
//! Every file here is formatted by rustfmt, so an item ends at the first `}` that stands as far in as the item
//! begins; nothing needs to be parsed. What is smaller than an item is marked by an anchor.

use anyhow::{Context, Result, bail};

use super::anchor::without_indentation;

/// The item `name` with the comments and attributes above it, without its indentation.
pub(crate) fn item(text: &str, name: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut starts =
        (0..lines.len()).filter(|index| declared(lines[*index]).is_some_and(|found| found == name));
    let start = starts.next().with_context(|| format!("no function or type `{name}`"))?;
    if starts.next().is_some() {
        bail!("`{name}` is there more than once: mark the part that is meant by an anchor");
    }
    let indentation = lines[start].len() - lines[start].trim_start().len();
    let is_last = |line: &&str| {
        let own = line.len() - line.trim_start().len() == indentation;
        let closes = line.trim_start().starts_with('}') || line.trim_end().ends_with(';');
        own && (closes || line.trim_end().ends_with('}'))
    };
    let length = lines[start..].iter().position(is_last).context("it never ends")?;
    let above = lines[..start].iter().rev();
    let above = above.take_while(|line| belongs_to_the_next(line)).count();
    Ok(without_indentation(&lines[start - above..=start + length]))
}

/// What a line declares, if it begins an item.
fn declared(line: &str) -> Option<&str> {
    const BEFORE: [&str; 8] =
        ["pub(crate) ", "pub(super) ", "pub ", "async ", "const ", "unsafe ", "static ", "extern "];
    let mut rest = line.trim_start();
    while let Some(after) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after;
    }
    let kinds = ["fn ", "struct ", "enum ", "trait "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn belongs_to_the_next(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") && !line.starts_with("//!") || line.starts_with("#[")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! A file.\n\n/// Counts.\n#[derive(Debug)]\npub struct Count(u8);\n\nimpl Count {\n    /// \
                        One more.\n    pub(crate) fn up(&mut self) {\n        if true {\n            self.0 += 1;\n        \
                        }\n    }\n}\n\nasync fn twice<T>(\n    a: T,\n) -> T {\n    a\n}\n\nfn never() {}\n";

    #[test]
    fn an_item_comes_whole_with_what_is_said_of_it() {
        let found = |name| item(FILE, name).unwrap();
        assert_eq!(found("Count"), "/// Counts.\n#[derive(Debug)]\npub struct Count(u8);");
        let up = "/// One more.\npub(crate) fn up(&mut self) {\n    if true {\n        self.0 += 1;\n    }\n}";
        assert_eq!(found("up"), up);
        assert_eq!(found("twice"), "async fn twice<T>(\n    a: T,\n) -> T {\n    a\n}");
        assert_eq!(found("never"), "fn never() {}");
    }

    #[test]
    fn an_item_that_is_missing_or_doubled_is_an_error() {
        assert_eq!(item(FILE, "gone").unwrap_err().to_string(), "no function or type `gone`");
        let twice = item("fn a() {}\nmod b {\n    fn a() {}\n}\n", "a").unwrap_err();
        assert!(twice.to_string().contains("more than once"));
    }
}
