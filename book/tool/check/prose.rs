//! What a page may not hold as typed text: code, and figures that look measured.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::links::parser;
use crate::tool::directive::masked;
use crate::tool::page::{Page, Problem, line_of};

pub(crate) fn problems(page: &Page) -> Vec<Problem> {
    let text = masked(&page.text);
    let mut problems = Vec::new();
    let mut block = Block::default();
    for (event, range) in parser(&text).into_offset_iter() {
        let line = line_of(&text, range.start);
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let how = match kind {
                    CodeBlockKind::Fenced(_) => "a typed code block",
                    CodeBlockKind::Indented => {
                        "a typed code block (the lines are indented by four)"
                    }
                };
                let what = format!("{how}: use a directive, so that it is held to its source");
                problems.push(page.problem(line, what));
                block.code = true;
            }
            Event::End(TagEnd::CodeBlock) => block.code = false,
            Event::Html(html) | Event::InlineHtml(html) if html.contains("<pre") => {
                problems.push(page.problem(line, "a typed `<pre>`: use a directive"));
            }
            // A block ends where the next begins or it closes: an item holds the items below it.
            Event::Start(
                Tag::Paragraph | Tag::Item | Tag::TableRow | Tag::TableHead | Tag::Heading { .. },
            )
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::TableRow
                | TagEnd::TableHead
                | TagEnd::Heading(_),
            ) => {
                problems.extend(block.close(page));
                block.code = false;
            }
            Event::Start(Tag::Link { .. }) => block.linked = true,
            Event::Text(words) | Event::Code(words) if !block.code => block.add(&words, line),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::TableCell) => {
                block.add(" ", line);
            }
            _ => {}
        }
    }
    problems.extend(block.close(page));
    problems
}

/// A paragraph, list item, heading or row of a table: as far as a link to a source reaches.
#[derive(Default)]
struct Block {
    words: String,
    /// Where each piece of `words` starts in it, and its line of the page.
    lines: Vec<(usize, usize)>,
    linked: bool,
    code: bool,
}

impl Block {
    fn add(&mut self, words: &str, line: usize) {
        self.lines.push((self.words.len(), line));
        self.words.push_str(words);
    }

    fn close(&mut self, page: &Page) -> Vec<Problem> {
        let block = std::mem::take(self);
        if block.linked {
            return Vec::new();
        }
        let found = measured(&block.words).into_iter().map(|(at, figure)| {
            let line = block.lines.iter().rev().find(|(start, _)| *start <= at).map_or(1, |(_, line)| *line);
            let what = format!(
                "`{figure}` looks measured: use {{{{#number}}}}, {{{{#constant}}}} or {{{{#given}}}}, or link its source"
            );
            page.problem(line, what)
        });
        found.collect()
    }
}

/// Units that make a figure of a number. Plain counts ("three clients", "64 bytes") are not figures.
const UNITS: [&str; 32] = [
    "µs",
    "μs",
    "us",
    "ms",
    "ns",
    "s",
    "sec",
    "second",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "KiB",
    "MiB",
    "GiB",
    "kB",
    "KB",
    "MB",
    "GB",
    "kib",
    "mib",
    "%",
    "percent",
    "×",
    "x",
    "fold",
    "messages/s",
    "requests/s",
    "msg/s",
    "req/s",
    "k/s",
    "cycles",
];
const COMPARED: [&str; 12] = [
    "faster", "slower", "more", "less", "fewer", "as", "cheaper", "better", "worse", "higher",
    "lower", "the",
];

/// Figures in a text, with the byte at which each starts.
fn measured(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(|c: char| c.is_ascii_digit()).map(|at| from + at) {
        let after =
            text[start..].find(|c: char| !(c.is_ascii_digit() || "., _\u{202f}".contains(c)));
        let number_end = start
            + text[start..after.map_or(text.len(), |at| start + at)]
                .trim_end_matches(['.', ',', ' ', '_', '\u{202f}'])
                .len();
        from = number_end;
        // `v1s`, `p50`, `ch03`: a digit inside a word is part of a name.
        let inside_word =
            text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if inside_word {
            continue;
        }
        let rest = text[number_end..].trim_start_matches([' ', '\u{a0}', '\u{202f}', '-']);
        let mut words = rest.split(|c: char| c.is_whitespace() || ",;:.()!?—–".contains(c));
        let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let third = words.next().unwrap_or("");
        let is_unit = UNITS.contains(&first) || first.starts_with('%');
        let is_rate = (second == "per"
            && matches!(third, "second" | "connection" | "message" | "request"))
            || first.contains("/s") && first.ends_with("/s");
        let is_ratio = first == "times" && COMPARED.contains(&second);
        if is_unit || is_rate || is_ratio {
            let end = number_end + (text.len() - number_end - rest.len()) + first.len();
            found.push((start, text[start..end].to_string()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(text: &str) -> Vec<String> {
        measured(text).into_iter().map(|(_, figure)| figure).collect()
    }

    #[test]
    fn figures_with_a_unit_are_found() {
        assert_eq!(figures("takes 12 µs, or 1.5ms, or 3 s."), ["12 µs", "1.5ms", "3 s"]);
        assert_eq!(figures("97% of 120,000 messages/s"), ["97%", "120,000 messages/s"]);
        assert_eq!(figures("8\u{a0}KiB (2x)"), ["8\u{a0}KiB", "2x"]);
        assert_eq!(figures("is 3 times faster, 4 times as fast"), ["3 times", "4 times"]);
        assert_eq!(figures("40 messages per second"), ["40 messages"]);
    }

    #[test]
    fn names_counts_and_ports_are_not_figures() {
        let text = "In ch03 the p50 of 1,000 clients at 127.0.0.1:7000; HTTP/1.1, RFC 9112, 64 bytes, 3 steps, \
                    epoll(7), 2 threads so that 5 seem to wait 2 times.";
        assert_eq!(figures(text), Vec::<String>::new());
    }
}
