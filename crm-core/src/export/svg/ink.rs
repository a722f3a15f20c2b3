//! What charts are drawn with: colours that most colour-blind people tell apart, and patterns that outlive the colour.

use super::super::document::{Chart, ChartKind};

/// A colour by its role: as printed, and as a variable of the page.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) printed: &'static str,
    pub(super) on_page: &'static str,
}

const fn slot(printed: &'static str, on_page: &'static str) -> Slot {
    Slot { printed, on_page }
}

pub(super) const TEXT: Slot = slot("#33383f", "var(--soft)");
pub(super) const RULE: Slot = slot("#9aa1ab", "var(--rule)");
pub(super) const GRID: Slot = slot("#e6e8ec", "var(--line)");
pub(super) const PAPER: Slot = slot("#ffffff", "var(--card)");
/// Text on a dark fill.
pub(super) const ON: Slot = slot("#ffffff", "var(--on)");

/// The eight colours of Okabe and Ito, "Color Universal Design" (2008), in the order of use: neighbours differ in
/// lightness too, and the palest comes last.
pub(super) const SERIES: [Slot; 8] = [
    slot("#0072b2", "var(--c1)"),
    slot("#e69f00", "var(--c2)"),
    slot("#009e73", "var(--c3)"),
    slot("#cc79a7", "var(--c4)"),
    slot("#56b4e9", "var(--c5)"),
    slot("#d55e00", "var(--c6)"),
    slot("#000000", "var(--c7)"),
    slot("#f0e442", "var(--c8)"),
];

/// Tiles of 6 by 6 that are laid over the colours of the second series and on; the first one is plain.
const TILES: [&str; 4] = [
    "M-1 1l2-2M0 6l6-6M5 7l2-2",
    "M1 1h1.6v1.6h-1.6zM4 4h1.6v1.6h-1.6z",
    "M0 1.5h6M0 4.5h6",
    "M1.5 0v6M4.5 0v6",
];

/// The colour of a series.
pub(super) fn slot_of(at: usize) -> Slot {
    SERIES.iter().cycle().nth(at).copied().unwrap_or(TEXT)
}

/// Whether the series of a chart are told apart by patterns: where they are areas without a label of their own.
pub(super) fn is_patterned(chart: &Chart) -> bool {
    match chart.kind {
        ChartKind::Bar => chart.series.len() > 1,
        ChartKind::Waterfall => true,
        ChartKind::Line
        | ChartKind::Step
        | ChartKind::Pie
        | ChartKind::Funnel
        | ChartKind::HeatMap => false,
    }
}

/// How one picture is inked.
#[derive(Clone, Copy)]
pub(super) struct Ink<'a> {
    pub(super) colour: fn(Slot) -> &'static str,
    pub(super) background: &'static str,
    /// What ids of the picture begin with.
    pub(super) prefix: &'a str,
}

impl Ink<'_> {
    pub(super) fn of(self, slot: Slot) -> String {
        (self.colour)(slot).to_owned()
    }

    /// What the areas or lines of a series are filled or drawn with.
    pub(super) fn series(self, at: usize, chart: &Chart) -> String {
        if at > 0 && is_patterned(chart) {
            format!("url(#{}-p{at})", self.prefix)
        } else {
            self.of(slot_of(at))
        }
    }

    /// The patterns of a chart.
    pub(super) fn patterns(self, chart: &Chart) -> String {
        let count = if chart.kind == ChartKind::Waterfall { 2 } else { chart.series.len() };
        if !is_patterned(chart) {
            return String::new();
        }
        let each: String = (1..count).map(|at| self.pattern(at)).collect();
        format!("<defs>{each}</defs>")
    }

    pub(super) fn pattern(self, at: usize) -> String {
        let tile = TILES.iter().cycle().nth(at.saturating_sub(1)).copied().unwrap_or_default();
        format!(
            "<pattern id=\"{}-p{at}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <path d=\"M0 0h6v6h-6z\" fill=\"{}\"/><path d=\"{tile}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"1.1\"/></pattern>",
            self.prefix,
            self.of(slot_of(at)),
            self.of(PAPER),
        )
    }
}
