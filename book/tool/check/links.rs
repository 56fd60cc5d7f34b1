//! Links between pages, and from pages to files of the workspace.
//!
//! A page links to another as `other.md#heading` and to a workspace file by its path from the page, as
//! `../../ladder/src/stop.rs`: that works where the repository is browsed. The built book holds copies of
//! the files so linked, and the links are turned to those.

use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::tool::directive::masked;
use crate::tool::page::{Page, Problem, SOURCE, line_of};
use crate::tool::sources::Sources;
use crate::tool::workspace::Workspace;

enum Target {
    External,
    /// A page by its name, or none for this one, and a fragment.
    Page(String, String),
    /// A file from the root of the workspace.
    File(String),
}

/// The Markdown that mdBook reads, as far as links, tables and headings are concerned.
pub(crate) fn parser(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options)
}

pub(crate) fn problems(page: &Page, pages: &[Page], workspace: &Workspace) -> Vec<Problem> {
    let text = masked(&page.text);
    let mut problems = Vec::new();
    for (event, range) in parser(&text).into_offset_iter() {
        let found = match event {
            Event::Start(Tag::Link { dest_url, .. }) => broken(page, &dest_url, pages, workspace),
            Event::Start(Tag::Image { dest_url, .. }) => match target(page, &dest_url) {
                Target::File(file) if !workspace.path(&file).is_file() => {
                    Some(format!("no image {dest_url}"))
                }
                _ => None,
            },
            Event::Html(html) | Event::InlineHtml(html) => raw(&html),
            _ => None,
        };
        problems.extend(found.map(|what| page.problem(line_of(&text, range.start), what)));
    }
    problems
}

/// Links in raw HTML would go unchecked, and Markdown has a form for each of them.
fn raw(html: &str) -> Option<String> {
    let forbidden = ["<a ", "<img "].into_iter().find(|tag| html.contains(tag))?;
    Some(format!("`{}>` in raw HTML: write it in Markdown, where it is checked", forbidden.trim()))
}

fn broken(page: &Page, url: &str, pages: &[Page], workspace: &Workspace) -> Option<String> {
    match target(page, url) {
        Target::External => None,
        Target::Page(name, fragment) => {
            let Some(other) = pages.iter().find(|other| other.name == name) else {
                return Some(format!("link to {url}: no page {name}"));
            };
            if fragment.is_empty()
                || headings(&other.text).iter().any(|heading| heading.id == fragment)
            {
                return None;
            }
            Some(format!("link to {url}: {name} has no heading #{fragment}"))
        }
        Target::File(file) if workspace.path(&file).is_file() => None,
        Target::File(file) if workspace.path(&file).is_dir() => {
            Some(format!("link to {url}: {file} is a folder, which a built book cannot show"))
        }
        Target::File(file) => Some(format!("link to {url}: no file {file}")),
    }
}

fn target(page: &Page, url: &str) -> Target {
    if url.contains("://") || url.starts_with("mailto:") {
        return Target::External;
    }
    let (path, fragment) = url.split_once('#').unwrap_or((url, ""));
    if path.is_empty() {
        return Target::Page(page.name.clone(), fragment.to_string());
    }
    let folder = Path::new(SOURCE).join(&page.name);
    let folder = folder.parent().unwrap_or(Path::new(SOURCE));
    let file = normal(&folder.join(path));
    match file.strip_prefix(&format!("{SOURCE}/")) {
        Some(name) if has_ending(name, "md") => {
            Target::Page(name.to_string(), fragment.to_string())
        }
        _ => Target::File(file),
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == ending)
}

/// The path without `..`; one that leads out of the workspace keeps them and so names no file.
fn normal(path: &Path) -> String {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal.to_string_lossy().replace('\\', "/")
}

/// A heading, and the id that mdBook gives to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) id: String,
    pub(crate) words: String,
}

/// The headings of a page, in order.
pub(crate) fn headings(text: &str) -> Vec<Heading> {
    let text = masked(text);
    let mut found: Vec<Heading> = Vec::new();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in parser(&text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { id, .. }), _) => {
                heading = Some((id.map(|id| id.to_string()), String::new()));
            }
            (Event::Text(text) | Event::Code(text), Some((_, words))) => words.push_str(&text),
            (Event::End(TagEnd::Heading(_)), _) => {
                if let Some((own, words)) = heading.take() {
                    let id = own.unwrap_or_else(|| id_of(&words));
                    let numbered = (1..).map(|number| format!("{id}-{number}"));
                    let mut candidates = std::iter::once(id.clone()).chain(numbered);
                    let free = |id: &String| found.iter().all(|heading| heading.id != *id);
                    if let Some(id) = candidates.find(free) {
                        found.push(Heading { id, words });
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// As mdBook makes it: letters and digits in lower case, a hyphen for a blank, nothing for the rest.
fn id_of(words: &str) -> String {
    let kept = words.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// The text with links to workspace files turned to the copies in the built book.
pub(crate) fn to_published(page: &Page, text: &str, sources: &Sources<'_>) -> String {
    let mut turned = text.to_string();
    let links: Vec<_> = parser(text).into_offset_iter().collect();
    for (event, range) in links.into_iter().rev() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        let Target::File(file) = target(page, &dest_url) else { continue };
        let inside = file.starts_with(SOURCE);
        if inside || !sources.workspace.path(&file).is_file() {
            continue;
        }
        let copy = format!("{}{}", page.up(), sources.publish(&file));
        // The address is the last of its link: `[words](address)`.
        if let Some(at) = text[range.clone()].rfind(&*dest_url).map(|at| range.start + at) {
            turned.replace_range(at..at + dest_url.len(), &copy);
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_ids_of_mdbook() {
        let found = headings("# One `turn`, at a time\n## Twice\n## Twice\n## Own {#mine}\n");
        let ids: Vec<&str> = found.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["one-turn-at-a-time", "twice", "twice-1", "mine"]);
    }

    #[test]
    fn paths_lose_their_dots() {
        assert_eq!(normal(Path::new("book/src/../../ladder/src/stop.rs")), "ladder/src/stop.rs");
        assert_eq!(normal(Path::new("book/../../out")), "../out");
    }
}
