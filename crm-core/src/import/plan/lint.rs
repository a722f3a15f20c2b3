//! What a plan's parts must be to each other. Columns are judged later, when a header is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{From, Plan, Sheet, Source};
use crate::import::fault::PlanFault;
use crate::import::target::Shape;

pub(super) fn plan(plan: &Plan, faults: &mut Vec<PlanFault>) {
    for file in &plan.files {
        let path = &file.path;
        sheet(&file.sheet, path, faults);
        let children: BTreeSet<&str> = file.children.keys().map(String::as_str).collect();
        for source in sources(&file.sheet) {
            if let From::Sum { child, .. } = &source.from
                && !children.contains(child.as_str())
            {
                let fault =
                    PlanFault::new("plan.child.unknown", format!("{}.sum", source.path), child);
                faults.push(fault.allowed(children.iter().copied()));
            }
        }
        for (name, child) in &file.children {
            let path = format!("{path}.child.{name}");
            sheet(&child.sheet, &path, faults);
            nothing_summed(&child.sheet, faults);
        }
        if plan.currency.is_none() {
            currencies(&file.sheet, faults);
        }
    }
}

fn sources(sheet: &Sheet) -> impl Iterator<Item = &Source> {
    sheet.fields.iter().flat_map(|field| &field.sources)
}

fn nothing_summed(sheet: &Sheet, faults: &mut Vec<PlanFault>) {
    for source in sources(sheet) {
        if let From::Sum { child, .. } = &source.from {
            let fault = PlanFault::new("plan.sum.nested", format!("{}.sum", source.path), child);
            faults.push(fault.limit("child rows have no children"));
        }
    }
}

fn currencies(sheet: &Sheet, faults: &mut Vec<PlanFault>) {
    for field in
        sheet.fields.iter().filter(|field| matches!(field.shape, Shape::Money | Shape::Price))
    {
        for source in field.sources.iter().filter(|source| source.currency.is_none()) {
            let fault = PlanFault::new("plan.currency.missing", source.path.clone(), &field.target);
            faults.push(fault.limit("currency or currency_column here, or currency for the plan"));
        }
    }
}

fn sheet(sheet: &Sheet, path: &str, faults: &mut Vec<PlanFault>) {
    for (name, column) in &sheet.computed {
        if column.expr.divides() && column.round.is_none() {
            unrounded(&format!("{path}.compute.{name}"), faults);
        }
    }
    for source in sources(sheet) {
        let (divides, rounded) = match &source.from {
            From::Compute(expr) => (expr.divides(), source.round.is_some()),
            From::Sum { of, round_each, .. } => (of.divides(), round_each.is_some()),
            From::Column(_) | From::First(_) | From::Constant(_) | From::Template(_) => {
                (false, true)
            }
        };
        if divides && !rounded {
            unrounded(&source.path, faults);
        }
    }
    cycles(sheet, path, faults);
}

fn unrounded(path: &str, faults: &mut Vec<PlanFault>) {
    let fault = PlanFault::new("plan.division_without_round", path, "");
    faults.push(fault.limit("a quotient may never end: say round = { scale, rule }"));
}

/// Computed columns and lookups that need each other.
fn cycles(sheet: &Sheet, path: &str, faults: &mut Vec<PlanFault>) {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let alias = |column: &'_ str| column.split_once('.').map(|(alias, _)| alias.to_owned());
    for (name, column) in &sheet.computed {
        let needed = needs.entry(name).or_default();
        column.expr.columns(&mut |column: &String| {
            let lookup = sheet.lookups.keys().find(|name| alias(column).as_deref() == Some(name));
            needed.extend(sheet.computed.keys().find(|name| *name == column).map(String::as_str));
            needed.extend(lookup.map(String::as_str));
        });
    }
    for (name, lookup) in &sheet.lookups {
        let needed = needs.entry(name).or_default();
        let other = sheet.lookups.keys().find(|name| alias(&lookup.on).as_deref() == Some(name));
        needed.extend(sheet.computed.keys().find(|name| **name == lookup.on).map(String::as_str));
        needed.extend(other.map(String::as_str));
    }
    // Whatever needs nothing that is left cannot be in a cycle.
    loop {
        let names: BTreeSet<&str> = needs.keys().copied().collect();
        let before = needs.len();
        needs.retain(|_, needed| needed.iter().any(|name| names.contains(name)));
        if needs.len() == before {
            break;
        }
    }
    if !needs.is_empty() {
        let names: Vec<&str> = needs.keys().copied().collect();
        let fault =
            PlanFault::new("plan.compute.cycle", format!("{path}.compute"), &names.join(", "));
        faults.push(fault.limit("columns that do not need each other"));
    }
}
