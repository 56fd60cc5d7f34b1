//! `{{#command cargo run -p ch03-selectors -- epoll}}`: a command for the reader to type.
//!
//! Its package, example, model, exercise or Python program is looked up, so that no page asks for what is not there.

use anyhow::{Context, Result, bail};

use super::Place;
use crate::tool::exercise;
use crate::tool::sources::Sources;

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    if arguments.is_empty() {
        bail!("a command is wanted here");
    }
    verify(arguments, place.sources)?;
    Ok(format!("```console\n$ {arguments}\n```\n"))
}

/// Whether the workspace has what a `cargo` command names. Other programs are the reader's own.
pub(crate) fn verify(command: &str, sources: &Sources<'_>) -> Result<()> {
    let words: Vec<&str> = command.split_whitespace().collect();
    // `NO_COLOR=1 cargo …`: settings may stand before the program.
    let program = words.iter().find(|word| !word.contains('='));
    if program == Some(&"python3") {
        let file = words.last().copied().unwrap_or_default();
        return sources.workspace.read(file).map(drop);
    }
    if program != Some(&"cargo") {
        return Ok(());
    }
    let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
    let (cargo, own) = (&words[..end], words.get(end + 1..).unwrap_or_default());

    let Some(package) = value_of(cargo, &["-p", "--package"])? else { return Ok(()) };
    let package = sources.workspace.package(package)?;
    if let Some(example) = value_of(cargo, &["--example"])? {
        if !sources.workspace.has_example(package, example) {
            bail!("package `{}` has no example `{example}`", package.name);
        }
        return Ok(());
    }
    if package.name == "book" && cargo.contains(&"run") && own.first() == Some(&"exercise") {
        let name = own.get(1).filter(|word| !word.starts_with('-'));
        return name.map_or(Ok(()), |name| exercise::named(sources.workspace, name).map(drop));
    }
    let is_chapter = package.name.starts_with("ch") && cargo.contains(&"run");
    match own.first() {
        Some(word) if is_chapter && *word != "list" && !word.starts_with('-') => {
            let catalogue = sources.catalogue()?;
            let known = catalogue.iter().any(|m| m.package == package.name && m.typed() == *word);
            if known { Ok(()) } else { bail!("package `{}` has no model `{word}`", package.name) }
        }
        _ => Ok(()),
    }
}

fn value_of<'a>(words: &[&'a str], options: &[&str]) -> Result<Option<&'a str>> {
    for (index, word) in words.iter().enumerate() {
        if options.contains(word) {
            let value = words.get(index + 1).with_context(|| format!("`{word}` names nothing"))?;
            return Ok(Some(value));
        }
        let joined = word.split_once('=').filter(|(option, _)| options.contains(option));
        if let Some((_, value)) = joined {
            return Ok(Some(value));
        }
    }
    Ok(None)
}
