//! Text and tables in HTML.

use std::fmt::Write;

use crate::sheet::Sheet;

/// Text, where HTML stands around it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text of more letters than this is broken into lines.
const LONG: usize = 26;

/// A table, below its title, that scrolls by itself where the page is narrower.
pub(super) fn table(sheet: &Sheet) -> String {
    let title = escape(&sheet.title);
    let mut html = format!(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">\n<table>\n"
    );
    let class = |at: usize| if sheet.columns[at].1 { " class=\"n\"" } else { "" };
    html += "<thead><tr>";
    for (at, (name, _)) in sheet.columns.iter().enumerate() {
        let _ = write!(html, "<th scope=\"col\"{}>{}</th>", class(at), escape(name));
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in &sheet.rows {
        html += "<tr>";
        for (at, text) in row.iter().enumerate() {
            let text = escape(text);
            let _ = match at {
                0 => write!(html, "<th scope=\"row\">{text}</th>"),
                _ if sheet.columns[at].1 => write!(html, "<td class=\"n\">{text}</td>"),
                _ if text.chars().count() > LONG => write!(html, "<td class=\"long\">{text}</td>"),
                _ => write!(html, "<td>{text}</td>"),
            };
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table>\n</div>\n"
}
