//! Text and tables in HTML.

use std::fmt::Write;

use crate::sheet::Sheet;

/// Text, where HTML stands around it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

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
                _ => write!(html, "<td{}>{text}</td>", class(at)),
            };
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table>\n</div>\n"
}
