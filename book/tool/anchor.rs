//! Named parts of a source file, marked in the source itself.
//!
//! `// ANCHOR: turn` opens a part and `// ANCHOR_END: turn` closes it; parts may nest and overlap. The marks
//! travel with the code when it is edited, which line numbers do not.

use anyhow::{Result, bail};

/// The lines of part `name`, without any marks and without their common indentation.
pub(crate) fn part(text: &str, name: &str) -> Result<String> {
    let mut lines = Vec::new();
    let mut state = State::Before;
    for line in text.lines() {
        match mark(line) {
            Some(Mark::Start(found)) if found == name => match state {
                State::Before => state = State::Inside,
                State::Inside | State::After => bail!("anchor `{name}` is opened twice"),
            },
            Some(Mark::End(found)) if found == name => match state {
                State::Inside => state = State::After,
                State::Before | State::After => {
                    bail!("anchor `{name}` is closed before it is opened")
                }
            },
            None if matches!(state, State::Inside) => lines.push(line),
            Some(_) | None => {}
        }
    }
    match state {
        State::Before => bail!("no anchor `{name}`"),
        State::Inside => bail!("anchor `{name}` is never closed"),
        State::After => {}
    }
    let part = without_indentation(&lines);
    if part.is_empty() {
        bail!("anchor `{name}` is empty");
    }
    Ok(part)
}

/// The whole file, without the marks.
pub(crate) fn whole(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| mark(line).is_none()).collect();
    without_indentation(&lines)
}

/// The parts that are opened or closed in a file, each once, with the line of its first mark.
pub(crate) fn names(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(Mark::Start(name) | Mark::End(name)) = mark(line)
            && !found.iter().any(|(_, known)| *known == name)
        {
            found.push((index + 1, name));
        }
    }
    found
}

enum State {
    Before,
    Inside,
    After,
}

enum Mark<'a> {
    Start(&'a str),
    End(&'a str),
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let comment = line.trim().strip_prefix("//")?.trim_start();
    if let Some(name) = comment.strip_prefix("ANCHOR:") {
        return Some(Mark::Start(name.trim()));
    }
    comment.strip_prefix("ANCHOR_END:").map(|name| Mark::End(name.trim()))
}

pub(crate) fn without_indentation(lines: &[&str]) -> String {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let common = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let cut: Vec<&str> =
        lines.iter().map(|line| line.get(common..).unwrap_or("").trim_end()).collect();
    cut.join("\n").trim_matches('\n').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "fn f() {\n    // ANCHOR: outer\n    a();\n    // ANCHOR: inner\n    if b {\n        \
                          c();\n    }\n    // ANCHOR_END: inner\n    // ANCHOR_END: outer\n}\n";

    #[test]
    fn a_part_loses_its_marks_and_its_indentation() {
        assert_eq!(part(NESTED, "inner").unwrap(), "if b {\n    c();\n}");
        assert_eq!(part(NESTED, "outer").unwrap(), "a();\nif b {\n    c();\n}");
        assert_eq!(whole(NESTED), "fn f() {\n    a();\n    if b {\n        c();\n    }\n}");
    }

    #[test]
    fn names_come_once_with_their_line() {
        assert_eq!(names(NESTED), [(2, "outer"), (4, "inner")]);
    }

    #[test]
    fn a_part_that_is_missing_open_empty_or_doubled_is_an_error() {
        let says = |text: &str| part(text, "x").unwrap_err().to_string();
        assert_eq!(says("a\n"), "no anchor `x`");
        assert_eq!(says("// ANCHOR: x\na\n"), "anchor `x` is never closed");
        assert_eq!(says("// ANCHOR: x\n\n// ANCHOR_END: x\n"), "anchor `x` is empty");
        assert_eq!(says("// ANCHOR_END: x\n"), "anchor `x` is closed before it is opened");
        let twice = "// ANCHOR: x\na\n// ANCHOR_END: x\n".repeat(2);
        assert_eq!(says(&twice), "anchor `x` is opened twice");
    }
}
