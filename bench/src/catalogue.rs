//! Which models there are: found by name or pattern, listed for people, for the README and for
//! the book.

use anyhow::{Context, Result, bail};
use ladder::{Chapter, Limits, Model, Protocol};
use serde::Serialize;

/// Where the README keeps its table.
pub const BEGIN: &str = "<!-- ladder -->";
/// Where that table ends.
pub const END: &str = "<!-- /ladder -->";

/// Descriptors of a server that are not its clients': standard streams, a listener, a selector.
const DESCRIPTORS_OF_A_SERVER: usize = 16;

/// The model behind which the documents list what only other systems have.
const BEFORE_ELSEWHERE: &str = "ch03/epoll-edge";

/// A model and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Full name, such as `ch03/epoll`.
    pub path: String,
    /// Its chapter.
    pub chapter: Chapter,
    /// Itself.
    pub model: Model,
}

/// A model as the book reads it, from `bench/runs/models.json`.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    package: &'static str,
    chapter: &'static str,
    protocol: &'static str,
    summary: &'static str,
    fixes: &'static str,
    still_fails: &'static str,
    limits: Vec<String>,
}

impl Entry {
    /// Why this model cannot be measured with so many connections, if it cannot.
    #[must_use]
    pub fn refuses(&self, connections: usize) -> Option<String> {
        let Limits { clients, descriptors, .. } = self.model.limits;
        let too_few = clients.filter(|clients| *clients < connections);
        let too_low = descriptors.filter(|limit| *limit < connections + DESCRIPTORS_OF_A_SERVER);
        // Its other limits have nothing to do with it.
        let limits = Limits { clients: too_few, descriptors: too_low, ..Limits::NONE };
        limits.phrases().into_iter().next()
    }
}

/// All models of `chapters`, in the ladder's order.
#[must_use]
pub fn entries(chapters: &[Chapter]) -> Vec<Entry> {
    let of_chapter = |chapter: &Chapter| {
        let chapter = *chapter;
        chapter.models.iter().map(move |model| Entry {
            path: chapter.path(model),
            chapter,
            model: *model,
        })
    };
    chapters.iter().flat_map(of_chapter).collect()
}

/// What the documents list: `entries`, which are those of the system that the documents are made on,
/// and that is Linux; and behind its epoll the `kqueue` of the others, which says itself where it is.
/// It is listed, and neither run nor measured here.
#[must_use]
pub fn documented(mut entries: Vec<Entry>) -> Vec<Entry> {
    if let Some(at) = entries.iter().position(|entry| entry.path == BEFORE_ELSEWHERE) {
        let (chapter, model) = (ch03_selectors::CHAPTER, ch03_selectors::KQUEUE);
        entries.insert(at + 1, Entry { path: chapter.path(&model), chapter, model });
    }
    entries
}

/// Those of `entries` that any of `patterns` means, in the ladder's order; all, if there is no
/// pattern.
///
/// # Errors
///
/// When a pattern means nothing, with the names that exist.
pub fn choose(entries: Vec<Entry>, patterns: &[String]) -> Result<Vec<Entry>> {
    choose_by(entries, patterns, |entry| &entry.path)
}

/// As [`choose`], of anything that has a full name.
///
/// # Errors
///
/// As [`choose`].
pub fn choose_by<T>(all: Vec<T>, patterns: &[String], name: impl Fn(&T) -> &str) -> Result<Vec<T>> {
    if let Some(idle) = patterns.iter().find(|p| !all.iter().any(|one| meant(p, name(one)))) {
        let names: Vec<&str> = all.iter().map(&name).collect();
        bail!("no model is called '{idle}'; there are: {}", names.join(", "));
    }
    let chosen = |one: &T| patterns.is_empty() || patterns.iter().any(|p| meant(p, name(one)));
    Ok(all.into_iter().filter(chosen).collect())
}

/// With a slash a pattern is held against the full name, without one against what is behind its slash.
pub(crate) fn meant(pattern: &str, path: &str) -> bool {
    let own = path.rsplit('/').next().unwrap_or(path);
    matches(pattern, if pattern.contains('/') { path } else { own })
}

/// Whether all of `name` is what `pattern` says, where `*` is any text, also none.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            // Byte by byte would cut through characters; names of models are ASCII, text need not be.
            rest.char_indices()
                .map(|(at, _)| &rest[at..])
                .chain([""])
                .any(|rest| matches(after, rest))
        }),
    }
}

/// What a protocol is called in records.
#[must_use]
pub fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Echo => "echo",
        Protocol::Http => "http",
    }
}

/// The catalogue as the book reads it.
///
/// # Errors
///
/// None that a list of strings could cause.
pub fn json(entries: &[Entry]) -> serde_json::Result<String> {
    let listed: Vec<Listed> = entries.iter().map(Entry::listed).collect();
    serde_json::to_string_pretty(&listed).map(|text| text + "\n")
}

impl Entry {
    fn listed(&self) -> Listed {
        Listed {
            name: self.path.clone(),
            package: self.chapter.package,
            chapter: self.chapter.title,
            protocol: protocol_name(self.chapter.protocol),
            summary: self.model.summary,
            fixes: self.model.fixes,
            still_fails: self.model.still_fails,
            limits: self.model.limits.phrases(),
        }
    }
}

/// One line a model, for a terminal.
#[must_use]
pub fn text(entries: &[Entry]) -> String {
    let width = entries.iter().map(|entry| entry.path.len()).max().unwrap_or(0);
    let line = |entry: &Entry| format!("{:width$}  {}\n", entry.path, entry.model.summary);
    entries.iter().map(line).collect()
}

/// The README's table.
#[must_use]
pub fn markdown(entries: &[Entry]) -> String {
    let row = |entry: &Entry| {
        let Model { summary, fixes, still_fails, .. } = entry.model;
        format!("| `{}` | {summary} | {fixes} | {still_fails} |\n", entry.path)
    };
    let rows: String = entries.iter().map(row).collect();
    format!("| model | how it waits | fixes | still fails |\n| --- | --- | --- | --- |\n{rows}")
}

/// `page` with `table` between its markers.
///
/// # Errors
///
/// When the page lacks a marker.
pub fn put_table(page: &str, table: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("no line {END} after it"))?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(patterns: &[&str]) -> Result<Vec<String>> {
        let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
        let entries = choose(entries(crate::CHAPTERS), &patterns)?;
        Ok(entries.into_iter().map(|entry| entry.path).collect())
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name) in
            [("*", ""), ("*", "x"), ("ch01/*", "ch01/pool"), ("*/p*l", "ch01/pool"), ("a*a", "aa")]
        {
            assert!(matches(pattern, name), "{pattern} means {name}");
        }
        for (pattern, name) in [("", "x"), ("ch01/*", "ch010/x"), ("a*a", "a"), ("*x", "xy")] {
            assert!(!matches(pattern, name), "{pattern} does not mean {name}");
        }
    }

    #[test]
    fn models_are_found_by_full_name_own_name_and_pattern_in_the_ladders_order() {
        assert_eq!(
            chosen(&["spin", "ch01/t*", "*/spin"]).expect("exist"),
            ["ch01/threads", "ch02/spin"]
        );
        assert_eq!(chosen(&[]).expect("all").len(), entries(crate::CHAPTERS).len());
    }

    #[test]
    fn an_unknown_name_is_told_with_those_that_exist() {
        let error = chosen(&["spin", "spinn"]).expect_err("no such model").to_string();
        assert!(error.starts_with("no model is called 'spinn'; there are: ch01/"), "{error}");
    }

    #[test]
    fn the_table_goes_between_its_markers_and_the_rest_stays() {
        let page = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let page = put_table(&page, "new\n").expect("both markers");
        assert_eq!(page, format!("above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"));
        assert_eq!(put_table(&page, "new\n").expect("again"), page);
        assert!(put_table("no markers", "").is_err());
    }
}
