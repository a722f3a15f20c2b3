//! What became of the leads of each source.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{Lead, LeadStatus};
use crate::record::Entity;
use crate::store::Scan;
use crate::value::{Code, Invalid, Timestamp};

/// What became of the leads of each source that reached us in a time: how many are open, how many became customers, how many
/// were discarded. Those that were discarded are no longer among the open ones, and stay among all: a source is judged by them,
/// too. Leads that became part of another are counted once, as that one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeadSources {
    /// From this instant on, itself included; from the first where nothing is said.
    pub from: Option<Timestamp>,
    /// Before this instant; to the last where nothing is said.
    pub to: Option<Timestamp>,
}

/// What became of the leads of each source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadsBySource {
    /// By source; those of none first.
    pub sources: Vec<SourceOfLeads>,
}

/// What became of the leads of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceOfLeads {
    /// The source; none where nobody said.
    pub source: Option<Code>,
    /// How many there were: the denominator of every rate.
    pub all: u64,
    /// How many are open.
    pub open: u64,
    /// How many became customers.
    pub converted: u64,
    /// How many were discarded.
    pub discarded: u64,
}

impl Operation for LeadSources {
    const NAME: &'static str = "lead.sources";
    const ACCESS: Access = Access::Report;
    type Response = LeadsBySource;

    /// Rule FX-15 (F034).
    fn run(&self, cx: &mut Cx<'_>) -> Result<LeadsBySource, Error> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            let invalid = Invalid::new("time.range", &to.to_string());
            return Err(Error::invalid("to", invalid.limit(format!("after {from}"))));
        }
        let mut sources: BTreeMap<Option<Code>, SourceOfLeads> = BTreeMap::new();
        let mut after = None;
        loop {
            cx.checkpoint()?;
            let scan = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), Lead::KIND, 0, &[]) };
            let page = cx.page::<Lead>(&scan)?;
            for (_, lead) in page.rows {
                let early = self.from.is_some_and(|from| lead.received_at < from);
                if early || self.to.is_some_and(|to| lead.received_at >= to) {
                    continue;
                }
                sources.entry(lead.source.clone()).or_default().count(&lead);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let named = sources.into_iter().map(|(source, of)| SourceOfLeads { source, ..of });
        Ok(LeadsBySource { sources: named.collect() })
    }
}

impl SourceOfLeads {
    fn count(&mut self, lead: &Lead) {
        self.all = self.all.saturating_add(1);
        let of = match lead.status {
            LeadStatus::New | LeadStatus::Working | LeadStatus::Qualified => &mut self.open,
            LeadStatus::Converted => &mut self.converted,
            LeadStatus::Discarded => &mut self.discarded,
        };
        *of = of.saturating_add(1);
    }
}
