//! `{{#code ch03-selectors/src/epoll.rs:turn}}`: an anchored part of a file, or without `:turn` all of it.

use anyhow::{Context, Result, bail};

use super::{Place, file_link, listing};
use crate::tool::anchor;

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let text = load(arguments, place)?;
    let (file, _) = split(arguments);
    // `noplayground`: mdBook would otherwise wrap the part in a `main` of its own.
    let language = match file.rsplit('.').next() {
        Some("rs") => "rust,noplayground",
        Some("toml") => "toml",
        _ => "text",
    };
    Ok(listing(&file_link(file, place), language, &text))
}

/// The text that `FILE` or `FILE:ANCHOR` names; notes that the anchor is used.
pub(super) fn load(named: &str, place: &Place<'_, '_>) -> Result<String> {
    if named.is_empty() || named.contains(' ') {
        bail!("one FILE or FILE:ANCHOR is wanted here");
    }
    let (file, part) = split(named);
    let text = place.sources.workspace.read(file)?;
    match part {
        None => Ok(anchor::whole(&text)),
        Some(part) => {
            let used = (file.to_string(), part.to_string());
            place.sources.used.borrow_mut().anchors.insert(used);
            anchor::part(&text, part).with_context(|| file.to_string())
        }
    }
}

pub(super) fn split(named: &str) -> (&str, Option<&str>) {
    match named.split_once(':') {
        Some((file, part)) => (file, Some(part)),
        None => (named, None),
    }
}
