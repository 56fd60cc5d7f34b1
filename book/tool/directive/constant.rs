//! `{{#constant ladder/src/socket.rs BACKLOG}}`: the value of a constant, as the source writes it.

use anyhow::{Context, Result};

use super::Place;

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let (file, name) =
        arguments.split_once(' ').context("a file and a constant are wanted: FILE NAME")?;
    let text = place.sources.workspace.read(file)?;
    let value =
        value(&text, name.trim()).with_context(|| format!("{file} has no constant `{name}`"))?;
    let link = place.sources.publish(file);
    Ok(format!("<a class=\"figure\" href=\"{}{link}\">{}</a>", place.up, spoken(&value)))
}

/// What stands between `=` and `;`. A constant may span lines.
fn value(text: &str, name: &str) -> Option<String> {
    let declaration = format!("const {name}:");
    let start = text.lines().scan(0, |offset, line| {
        let at = *offset;
        *offset += line.len() + 1;
        Some((at, line))
    });
    let start = start.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let (at, _) = start.into_iter().find(|(_, line)| line.contains(&declaration))?;
    let rest = &text[at..];
    let value = rest[..rest.find(';')?].split_once('=')?.1;
    Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Sizes and durations as a sentence says them; anything else as it is written.
fn spoken(value: &str) -> String {
    const UNITS: [(&str, &str); 4] =
        [("from_millis", "ms"), ("from_secs", "s"), ("from_micros", "µs"), ("from_nanos", "ns")];
    for (call, unit) in UNITS {
        let inside = value.strip_prefix("Duration::").and_then(|rest| rest.strip_prefix(call));
        if let Some(number) = inside.and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')')) {
            return format!("{number}\u{a0}{unit}");
        }
    }
    if let Some(mib) = value.strip_suffix(" * 1024 * 1024") {
        return format!("{mib}\u{a0}MiB");
    }
    if let Some(kib) = value.strip_suffix(" * 1024") {
        return format!("{kib}\u{a0}KiB");
    }
    value.replace('_', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_and_spoken() {
        let text = "// const A: u8 = 9;\npub const A: usize = 16 * 1024;\nconst B: Duration =\n    \
                    Duration::from_millis(20);\nconst C: u32 = 10_000;\n";
        let says = |name| value(text, name).map(|value| spoken(&value));
        assert_eq!(says("A").as_deref(), Some("16\u{a0}KiB"));
        assert_eq!(says("B").as_deref(), Some("20\u{a0}ms"));
        assert_eq!(says("C").as_deref(), Some("10,000"));
        assert_eq!(says("D"), None);
    }
}
