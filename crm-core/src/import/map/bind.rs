//! Binding: every column that the plan names is found in the header, or the plan is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BoundChild, BoundCurrency, BoundField, BoundFrom, BoundLookup, BoundPiece, BoundSheet,
    BoundSource, Mapping, Ref, Shelf,
};
use crate::import::expr::Expr;
use crate::import::fault::PlanFault;
use crate::import::plan::{
    Condition, Currency, FilePlan, From, Lookup, Piece, Plan, Sheet, Source,
};
use crate::import::read::card::is_said_elsewhere;

impl<'a> Mapping<'a> {
    /// Binds `file` of `plan` to a real file's name and header, and to the files it looks into.
    ///
    /// # Errors
    ///
    /// Every column that is named and not there, and every other file that is needed and not given.
    pub fn bind(
        plan: &'a Plan,
        file: &'a FilePlan,
        (file_name, header): (&str, &[String]),
        shelf: &'a Shelf,
    ) -> Result<Self, Vec<PlanFault>> {
        let mut faults = Vec::new();
        let mut children = Vec::new();
        let mut own = Scope::new(header, &file.sheet, &file.path, shelf, &mut faults);
        let key = file
            .key
            .iter()
            .filter_map(|name| own.find(name, &format!("{}.key", file.path), &mut faults));
        let key = key.collect();
        let mut child_scopes = BTreeMap::new();
        for (at, (name, child)) in file.children.iter().enumerate() {
            let path = format!("{}.child.{name}", file.path);
            let Some(table) = shelf.children(&child.file, &child.parent) else {
                let fault =
                    PlanFault::new("plan.file.not_given", format!("{path}.file"), &child.file);
                faults.push(fault.limit("a file of this name among those given"));
                continue;
            };
            let mut scope = Scope::new(&table.header, &child.sheet, &path, shelf, &mut faults);
            scope.find(&child.parent, &format!("{path}.parent"), &mut faults);
            let sheet = scope.sheet(&mut BTreeMap::new(), &mut faults);
            child_scopes.insert(name.as_str(), (at, scope));
            let unmapped = Vec::new();
            children.push(BoundChild { name, file: &table.file, table, sheet, unmapped });
        }
        let sheet = own.sheet(&mut child_scopes, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        // Sums read columns of their children, so that only now it is known what nobody reads.
        for child in &mut children {
            if let Some((_, scope)) = child_scopes.get(child.name) {
                child.unmapped = scope.unused();
            }
        }
        let unmapped = own.unused();
        let unread = header.iter().enumerate().filter(|(_, name)| unmapped.contains(name));
        let unread = unread.map(|(at, _)| at).collect();
        let lossy = super::loss::lossy(&sheet.fields);
        let typed = header.iter().position(|name| name == super::TYPED_COLUMN);
        let (file_name, header) = (file_name.to_owned(), header.to_vec());
        Ok(Self {
            plan,
            file,
            file_name,
            header,
            key,
            sheet,
            children,
            unmapped,
            unread,
            lossy,
            typed,
        })
    }
}

/// Child scopes by name, with their position.
type ChildScopes<'s, 'a> = BTreeMap<&'a str, (usize, Scope<'s, 'a>)>;

/// The names that a sheet may use.
struct Scope<'s, 'a> {
    header: &'s [String],
    sheet: &'a Sheet,
    path: String,
    lookups: Vec<(&'a str, &'a Lookup, Option<&'a super::LookupTable>)>,
    computed: Vec<&'a str>,
    used: BTreeSet<String>,
}

impl<'s, 'a> Scope<'s, 'a> {
    fn new(
        header: &'s [String],
        sheet: &'a Sheet,
        path: &str,
        shelf: &'a Shelf,
        faults: &mut Vec<PlanFault>,
    ) -> Self {
        let mut lookups = Vec::new();
        for (name, lookup) in &sheet.lookups {
            let table = shelf.lookup(&lookup.file, &lookup.by);
            let path = format!("{path}.lookup.{name}");
            match table {
                None => {
                    let fault =
                        PlanFault::new("plan.file.not_given", format!("{path}.file"), &lookup.file);
                    faults.push(fault.limit("a file of this name among those given"));
                }
                Some(table) if !table.header.contains(&lookup.by) => {
                    let fault =
                        PlanFault::new("plan.column.unknown", format!("{path}.by"), &lookup.by);
                    faults.push(fault.allowed(table.header.iter().cloned()));
                }
                Some(_) => {}
            }
            lookups.push((name.as_str(), lookup, table));
        }
        let computed: Vec<&str> = sheet.computed.keys().map(String::as_str).collect();
        for name in computed.iter().filter(|name| header.iter().any(|column| column == **name)) {
            let fault =
                PlanFault::new("plan.compute.shadows", format!("{path}.compute.{name}"), name);
            faults.push(fault.limit("a name that the file has no column of"));
        }
        Self { header, sheet, path: path.to_owned(), lookups, computed, used: BTreeSet::new() }
    }

    fn unused(&self) -> Vec<String> {
        let ours = |name: &&String| name.as_str() == super::TYPED_COLUMN;
        let cards = self.header.iter().any(|name| name == "TEL.all");
        let read = |name: &&String| {
            let said = |other: &str| self.used.contains(other);
            said(name) || ours(name) || cards && is_said_elsewhere(name, &said)
        };
        self.header.iter().filter(|name| !read(name)).cloned().collect()
    }

    fn find(&mut self, name: &str, path: &str, faults: &mut Vec<PlanFault>) -> Option<Ref> {
        match name {
            "$row" => return Some(Ref::RowNumber),
            "$file" => return Some(Ref::FileName),
            _ => {}
        }
        if let Some(at) = self.header.iter().position(|column| column == name) {
            self.used.insert(name.to_owned());
            return Some(Ref::Cell(at));
        }
        if let Some(at) = self.computed.iter().position(|column| *column == name) {
            return Some(Ref::Computed(at));
        }
        let joined = name.split_once('.').and_then(|(alias, column)| {
            let at = self.lookups.iter().position(|(name, ..)| *name == alias)?;
            Some((at, column, self.lookups.get(at)?.2))
        });
        match joined {
            Some((lookup, column, Some(table))) => {
                let at = table.header.iter().position(|name| name == column);
                if at.is_none() {
                    let fault = PlanFault::new("plan.column.unknown", path, name);
                    let known = table.header.iter();
                    let alias = name.split('.').next().unwrap_or_default();
                    faults.push(fault.allowed(known.map(|column| format!("{alias}.{column}"))));
                }
                at.map(|cell| Ref::Joined { lookup, cell })
            }
            // The missing file was reported.
            Some((_, _, None)) => None,
            None => {
                let fault = PlanFault::new("plan.column.unknown", path, name);
                let computed = self.computed.iter().map(|name| (*name).to_owned());
                faults.push(fault.allowed(self.header.iter().cloned().chain(computed)));
                None
            }
        }
    }

    fn expr(
        &mut self,
        expr: &Expr<String>,
        path: &str,
        faults: &mut Vec<PlanFault>,
    ) -> Option<Expr<Ref>> {
        // All names are looked up, so that all that are missing are reported.
        expr.columns(&mut |name: &String| {
            self.find(name, path, faults);
        });
        let mut known = Vec::new();
        expr.rename(&mut |name: &String| self.find(name, path, &mut known).ok_or(())).ok()
    }

    fn sheet(
        &mut self,
        children: &mut ChildScopes<'_, 'a>,
        faults: &mut Vec<PlanFault>,
    ) -> BoundSheet<'a> {
        let (sheet, path) = (self.sheet, self.path.clone());
        let mut computed = Vec::new();
        for (name, column) in &sheet.computed {
            let path = format!("{path}.compute.{name}");
            computed
                .extend(self.expr(&column.expr, &path, faults).map(|expr| (expr, column.round)));
        }
        let mut lookups = Vec::new();
        for (name, lookup, table) in self.lookups.clone() {
            let on = self.find(&lookup.on, &format!("{path}.lookup.{name}.on"), faults);
            lookups.extend(on.zip(table).map(|(on, table)| BoundLookup { table, on }));
        }
        let conditions = self.conditions(&sheet.conditions, faults);
        let mut fields = Vec::new();
        for plan in &sheet.fields {
            let mut sources = Vec::new();
            for source in &plan.sources {
                sources.extend(self.source(source, children, faults));
            }
            fields.push(BoundField { plan, sources });
        }
        BoundSheet { format: &sheet.format, computed, lookups, conditions, fields }
    }

    fn conditions(
        &mut self,
        conditions: &'a [Condition],
        faults: &mut Vec<PlanFault>,
    ) -> Vec<(Ref, &'a Condition)> {
        let mut bound = Vec::new();
        for condition in conditions {
            let column =
                self.find(&condition.column, &format!("{}.column", condition.path), faults);
            bound.extend(column.map(|column| (column, condition)));
        }
        bound
    }

    fn source(
        &mut self,
        plan: &'a Source,
        children: &mut ChildScopes<'_, 'a>,
        faults: &mut Vec<PlanFault>,
    ) -> Option<BoundSource<'a>> {
        let path = plan.path.as_str();
        let mut columns = Vec::new();
        let from = match &plan.from {
            From::Column(name) => {
                columns.push(name.clone());
                self.find(name, path, faults).map(|column| BoundFrom::First(vec![column]))
            }
            From::First(names) => {
                columns.extend(names.iter().cloned());
                let found = names.iter().filter_map(|name| self.find(name, path, faults));
                Some(BoundFrom::First(found.collect()))
            }
            From::Constant(text) => Some(BoundFrom::Constant(text)),
            From::Template(pieces) => {
                let mut bound = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => bound.push(BoundPiece::Text(text)),
                        Piece::Column(name) => {
                            columns.push(name.clone());
                            bound.extend(self.find(name, path, faults).map(BoundPiece::Column));
                        }
                    }
                }
                Some(BoundFrom::Template(bound))
            }
            From::Compute(expr) => {
                expr.columns(&mut |name: &String| columns.push(name.clone()));
                self.expr(expr, path, faults).map(BoundFrom::Compute)
            }
            From::Sum { child, of, round_each } => {
                of.columns(&mut |name: &String| columns.push(name.clone()));
                let (at, scope) = children.get_mut(child.as_str())?;
                let of = scope.expr(of, path, faults);
                of.map(|of| BoundFrom::Sum { child: *at, of, round_each: *round_each })
            }
        };
        let currency = match &plan.currency {
            Some(Currency::Code(code)) => Some(BoundCurrency::Code(code)),
            Some(Currency::Column(name)) => {
                self.find(name, path, faults).map(BoundCurrency::Column)
            }
            None => None,
        };
        let when = self.conditions(&plan.when, faults);
        Some(BoundSource { plan, from: from?, when, currency, columns: columns.join(" ") })
    }
}
