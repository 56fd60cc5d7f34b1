//! `{{#code ch03-selectors/src/epoll.rs:turn}}`: an anchored part of a file; with `#serve` in place of `:turn`
//! the function or type `serve`, and without either all of it.

use anyhow::{Context, Result, bail};

use super::{Place, file_link, listing};
use crate::tool::{anchor, item};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let text = load(arguments, place)?;
    let (file, _) = split(arguments);
    Ok(listing(&file_link(file, place), language(file), &text))
}

fn language(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        // `noplayground`: mdBook would otherwise wrap the part in a `main` of its own.
        Some("rs") => "rust,noplayground",
        Some("toml") => "toml",
        Some("py") => "python",
        _ => "text",
    }
}

/// A part of a file, as a directive names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Whole,
    Anchor(&'a str),
    Item(&'a str),
}

/// The text that `FILE`, `FILE:ANCHOR` or `FILE#ITEM` names; notes that the anchor is used.
pub(super) fn load(named: &str, place: &Place<'_, '_>) -> Result<String> {
    if named.is_empty() || named.contains(' ') {
        bail!("one FILE, FILE:ANCHOR or FILE#ITEM is wanted here");
    }
    let (file, part) = split(named);
    let text = place.sources.workspace.read(file)?;
    match part {
        Part::Whole => Ok(anchor::whole(&text)),
        Part::Anchor(part) => {
            let used = (file.to_string(), part.to_string());
            place.sources.used.borrow_mut().anchors.insert(used);
            anchor::part(&text, part).with_context(|| file.to_string())
        }
        Part::Item(name) => {
            item::item(&anchor::whole(&text), name).with_context(|| file.to_string())
        }
    }
}

pub(super) fn split(named: &str) -> (&str, Part<'_>) {
    if let Some((file, item)) = named.split_once('#') {
        return (file, Part::Item(item));
    }
    match named.split_once(':') {
        Some((file, part)) => (file, Part::Anchor(part)),
        None => (named, Part::Whole),
    }
}
