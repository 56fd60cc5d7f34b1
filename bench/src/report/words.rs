//! The sentence below a plot, made from what the plot shows.
//!
//! Rows that nothing tells apart are called equal, and never ranked: see [`crate::alike`].

use crate::recorded::Line;
use crate::table::thousands;

use super::quantity::{Quantity, Told, best, leaders, worst};

/// So many names are said; the rest is counted.
const NAMES_MAX: usize = 4;

/// `a, b and c`, or `a, b, c, d and 3 more`.
pub(super) fn list(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    // Nobody needs to be told of one more.
    let shown = if more > 1 { NAMES_MAX } else { names.len() };
    match (&names[..shown], more) {
        ([], _) => "nobody".into(),
        (shown, 2..) => format!("{} and {more} more", shown.join(", ")),
        ([one], _) => (*one).into(),
        ([most @ .., last], _) => format!("{} and {last}", most.join(", ")),
    }
}

/// How the rows of a case compare.
pub(super) fn compared(rows: &[Told<'_>], quantity: &Quantity) -> String {
    let Some((best, far)) = best(rows).zip(worst(rows, &[])) else {
        return "Nothing was measured.".into();
    };
    let name = |place: usize| rows[place].line.who();
    let said = |place: usize| quantity.said(rows[place].value);
    if rows.len() == 1 {
        return format!("{}: {}.", name(best), said(best));
    }
    let Some(leaders) = leaders(rows) else {
        let (from, to) = (said(best), said(far));
        return format!(
            "From {from} ({}) to {to} ({}). There were too few rounds to say who is equal.",
            name(best),
            name(far)
        );
    };
    let names: Vec<&str> = leaders.iter().map(|place| name(*place)).collect();
    let least = leaders.iter().map(|place| rows[*place].value).fold(f64::INFINITY, f64::min);
    let most = leaders.iter().map(|place| rows[*place].value).fold(0.0, f64::max);
    let between = match ((quantity.shown)(least), quantity.said(most)) {
        (low, _) if low == (quantity.shown)(most) => quantity.said(most),
        (low, high) => format!("{low} to {high}"),
    };
    let Some(worst) = worst(rows, &leaders) else {
        return format!("All {} are equal, {between}: nothing tells them apart.", rows.len());
    };
    let (good, bad) = if quantity.high_is_good { ("Most", "least") } else { ("Least", "most") };
    let equal = if names.len() == 1 { "" } else { ", which are equal" };
    format!(
        "{good}, {between}, by {}{equal}. Of the others the {bad}, {}, by {}{}.",
        list(&names),
        said(worst),
        name(worst),
        times(rows[worst].ratio, quantity)
    )
}

/// From here on a share has too few digits.
const OFTEN: f64 = 20.0;

fn times(ratio: f64, quantity: &Quantity) -> String {
    match (quantity.high_is_good, ratio) {
        (_, ratio) if !ratio.is_finite() || ratio > 1e4 => String::new(),
        // A share that would be shown as 0.00 is said the other way about.
        (true, ratio) if ratio < OFTEN => {
            format!("; within a round {:.2} of the most", 1.0 / ratio)
        }
        (true, ratio) => format!("; within a round the most is {} times that", factor(ratio)),
        (false, ratio) => format!("; within a round {} times the least", factor(ratio)),
    }
}

/// Of counts, which have no rounds: equal is what is shown alike.
pub(super) fn counted(rows: &[Told<'_>], quantity: &Quantity) -> String {
    let values = || rows.iter().map(|row| row.value);
    let ends = values().min_by(f64::total_cmp).zip(values().max_by(f64::total_cmp));
    let Some((least, most)) = ends else { return "Nothing was counted.".into() };
    let said = quantity.shown;
    let named = |value: f64| {
        let same = rows.iter().filter(|row| said(row.value) == said(value));
        list(&same.map(|row| row.line.who()).collect::<Vec<_>>())
    };
    if said(least) == said(most) {
        return format!("{} by {}.", said(least), named(least));
    }
    format!(
        "Fewest, {}, by {}; most, {}, by {}.",
        said(least),
        named(least),
        said(most),
        named(most)
    )
}

/// What the figures do not say by themselves: who has none, who was held back by the load, and who was late.
pub(super) fn caveats(lines: &[&Line], quantity: &Quantity) -> String {
    let those = |test: &dyn Fn(&Line) -> bool| {
        let names: Vec<&str> =
            lines.iter().filter(|line| test(line)).map(|line| line.who()).collect();
        (!names.is_empty()).then(|| list(&names))
    };
    let open = quantity.field.starts_with("response");
    let late = |who: &str| those(&|line| open && line.text("late") == Some(who));
    let missing = those(&|line| quantity.value(line).is_none());
    let bound = those(&|line| quantity.high_is_good && line.is("client_bound"));
    let sentences = [
        missing.map(|names| format!(" Without a figure: {names}.")),
        bound.map(|names| format!(" Held back by the load, and not by themselves: {names}.")),
        late("server").map(|names| format!(" Could not keep up: {names}.")),
        late("generator")
            .map(|names| format!(" Not to be believed, for the load itself was late: {names}.")),
    ];
    sentences.into_iter().flatten().collect()
}

/// How each grows from one end of an axis to the other.
pub(super) fn grown(grown: &[(&str, f64)], from: &str, to: &str) -> String {
    let most = grown.iter().max_by(|one, other| one.1.total_cmp(&other.1));
    let least = grown.iter().min_by(|one, other| one.1.total_cmp(&other.1));
    let (Some((most, by)), Some((least, by_least))) = (most, least) else {
        return String::new();
    };
    if most == least {
        return format!("From {from} to {to}, {most} goes to {} times.", factor(*by));
    }
    format!(
        "From {from} to {to}, {most} goes to {} times what it was, {least} to {}.",
        factor(*by),
        factor(*by_least)
    )
}

/// Behind a colon.
pub(super) fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn factor(factor: f64) -> String {
    if factor < 9.95 { format!("{factor:.2}") } else { thousands(factor) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::quantity::{CPU, THROUGHPUT};

    #[test]
    fn no_share_is_shown_as_nothing() {
        assert_eq!(times(4.0, &THROUGHPUT), "; within a round 0.25 of the most");
        assert_eq!(times(284.0, &THROUGHPUT), "; within a round the most is 284 times that");
        assert_eq!(times(2.5, &CPU), "; within a round 2.50 times the least");
    }

    #[test]
    fn names_are_listed_as_one_says_them() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d", "e"]), "a, b, c, d and e");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
    }
}
