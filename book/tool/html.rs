//! The book as HTML: mdBook as a library, with the directives as its one preprocessor.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::book::Book;
use mdbook_driver::errors::Error;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use super::check::one_a_line;
use super::page::Page;
use super::sources::{Sources, published_name};
use super::workspace::Workspace;

/// Builds the book into `into`, and says where its first page is.
pub(crate) fn build(workspace: &Workspace, into: &Path) -> Result<PathBuf> {
    let mut book = load(workspace)?;
    book.config.build.build_dir = into.to_path_buf();
    // mdBook takes preprocessors that outlive this call, so it gets the pages as they will be.
    let (pages, files) = expand(workspace, &book)?;
    book.with_preprocessor(Expanded { pages: Mutex::new(pages) });
    book.build().map_err(|error| anyhow::anyhow!("{error:#}"))?;
    for (name, text) in files {
        let path = into.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(into.join("index.html"))
}

pub(crate) fn load(workspace: &Workspace) -> Result<MDBook> {
    MDBook::load(workspace.path("book"))
        .map_err(|error| anyhow::anyhow!("loading the book: {error:#}"))
}

/// The pages that the summary lists, by name.
pub(crate) fn listed(book: &MDBook) -> Vec<Page> {
    let chapters = book.book.chapters();
    let pages = chapters.filter_map(|chapter| {
        let name = chapter.source_path.as_ref()?.to_string_lossy().replace('\\', "/");
        Some(Page { name, text: chapter.content.clone() })
    });
    pages.collect()
}

type Files = BTreeMap<String, String>;

/// Each page's text by its name, and the other files that the pages need beside them.
fn expand(workspace: &Workspace, book: &MDBook) -> Result<(BTreeMap<String, String>, Files)> {
    let sources = Sources::new(workspace);
    let mut pages = BTreeMap::new();
    let mut problems = Vec::new();
    for page in listed(book) {
        let (text, found) = page.expand(&sources);
        problems.extend(found);
        pages.insert(page.name, text);
    }
    if !problems.is_empty() {
        bail!(one_a_line(&problems));
    }
    let used = sources.used.into_inner();
    let mut files = used.figures;
    for file in used.files {
        files.insert(published_name(&file), workspace.read(&file)?);
    }
    Ok((pages, files))
}

struct Expanded {
    pages: Mutex<BTreeMap<String, String>>,
}

impl Preprocessor for Expanded {
    fn name(&self) -> &'static str {
        "directives"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book, Error> {
        let mut pages = self.pages.lock().map_err(|_| Error::msg("an earlier build panicked"))?;
        book.for_each_chapter_mut(|chapter| {
            let name =
                chapter.source_path.as_ref().map(|path| path.to_string_lossy().replace('\\', "/"));
            if let Some(text) = name.and_then(|name| pages.remove(&name)) {
                chapter.content = text;
            }
        });
        Ok(book)
    }
}
