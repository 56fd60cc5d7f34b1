//! `{{#exercise frames}}`: the title and the lesson of an exercise, and the command that begins it.

use anyhow::Result;

use super::Place;
use crate::tool::exercise::{COMMAND, Lesson, named};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let exercise = named(place.sources.workspace, arguments)?;
    place.sources.used.borrow_mut().exercises.insert(exercise.name.clone());
    let Lesson { title, text } = exercise.lesson()?;
    Ok(format!(
        "<div class=\"exercise\" id=\"exercise-{arguments}\">\n\n**{title}**\n\n{}\n\n```console\n$ {COMMAND} \
         {arguments}\n```\n\n</div>\n",
        with_hints_folded(&text)
    ))
}

/// A reader who does not want a hint must not read it by accident.
fn with_hints_folded(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| match paragraph.strip_prefix("Hint: ") {
        Some(hint) => {
            format!("<details class=\"answer\">\n<summary>A hint</summary>\n\n{hint}\n\n</details>")
        }
        None => paragraph.to_string(),
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_folded_and_nothing_else_is() {
        let folded = with_hints_folded("Do it.\n\nHint: like\nthis.\n\nThen rest.");
        assert!(folded.starts_with("Do it.\n\n<details"), "{folded}");
        assert!(folded.contains("</summary>\n\nlike\nthis.\n\n</details>\n\nThen rest."));
    }
}
