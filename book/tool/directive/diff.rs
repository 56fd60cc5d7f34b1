//! `{{#diff OLD.rs:a NEW.rs:b}}`: what one step of the ladder changes over the one before, line by line.

use anyhow::{Context, Result, bail};
use similar::{ChangeTag, TextDiff};

use super::code::{load, split};
use super::{Place, file_link, listing};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let (old, new) = arguments.split_once(' ').context("two files are wanted: OLD NEW")?;
    let (old, new) = (old.trim(), new.trim());
    let changes = changes(&load(old, place)?, &load(new, place)?)?;
    let caption =
        format!("{} → {}", file_link(split(old).0, place), file_link(split(new).0, place));
    Ok(listing(&caption, "diff", &changes))
}

/// Every line with its sign: a step is short enough to be read whole, so nothing is left out.
fn changes(old: &str, new: &str) -> Result<String> {
    let (old, new) = (format!("{old}\n"), format!("{new}\n"));
    if old == new {
        bail!("the two do not differ");
    }
    let mut text = String::new();
    for change in TextDiff::from_lines(&old, &new).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
            ChangeTag::Equal => " ",
        };
        text.push_str(format!("{sign}{}", change.value().trim_end()).trim_end());
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_every_line_once_with_its_sign() {
        assert_eq!(changes("a\nb\nc", "a\nx\nc").unwrap(), " a\n-b\n+x\n c\n");
        assert!(changes("a", "a").is_err());
    }
}
