//! A lead is corrected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lead;
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Name};

/// The plain fields of a lead, as they are wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeadWish {
    /// Their name, or what the company is called where no person is known.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// What they need, in their words.
    pub need: Option<String>,
    /// A code of the vocabulary `source`.
    pub source: Option<String>,
    /// Who looks after it.
    pub owner: Option<Id<User>>,
    /// Their region.
    pub region: Option<String>,
    /// Their country: two letters.
    pub country: Option<String>,
    /// Custom values by the code of their field.
    pub custom: Ext,
}

impl Lead {
    /// The wish that would make it as it is.
    pub fn wish(&self) -> LeadWish {
        LeadWish {
            name: self.name.to_string(),
            company: self.company.as_ref().map(ToString::to_string),
            need: self.need.as_ref().map(ToString::to_string),
            source: self.source.as_ref().map(ToString::to_string),
            owner: self.owner,
            region: self.region.as_ref().map(ToString::to_string),
            country: self.country.map(|country| country.to_string()),
            custom: self.ext.clone(),
        }
    }

    /// The fields whose values were derived and not said.
    pub fn derived_fields(&self) -> impl Iterator<Item = &str> {
        self.derived.as_deref().unwrap_or_default().split_whitespace()
    }
}

/// The lead as it is wished. A field that somebody changes is no longer a derived one.
///
/// # Errors
///
/// `lead.converted`, `lead.discarded` · `text.*` (name, company, need) · `code.*` (source) · `text.*` (region) ·
/// `country.unknown`. Rule LEAD-6 (F023, F054).
pub fn amend(lead: &Lead, wish: &LeadWish) -> Result<Lead, Refusal> {
    let mut check = Check::default();
    check.take("id", lead.takes_new());
    let name = check.take("name", Name::parse(&wish.name));
    let company: Option<Name> = check.parse("company", wish.company.as_deref());
    let need = check.parse("need", wish.need.as_deref());
    let source = check.parse("source", wish.source.as_deref());
    let region: Option<Name> = check.parse("region", wish.region.as_deref());
    let country = check.parse("country", wish.country.as_deref());
    let said = [
        ("company", company != lead.company),
        ("region", region != lead.region),
        ("country", country != lead.country),
    ];
    let changed = |field: &str| said.iter().any(|(name, changed)| *name == field && *changed);
    let derived: Vec<&str> = lead.derived_fields().filter(|field| !changed(field)).collect();
    let derived = (!derived.is_empty()).then(|| derived.join(" "));
    let next = name.map(|name| Lead {
        name,
        company,
        need,
        source,
        owner: wish.owner,
        region,
        country,
        derived,
        ext: wish.custom.clone(),
        ..lead.clone()
    });
    check.finish(next)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{CaptureLead, LeadStatus, capture};
    use super::*;
    use crate::decision::broken;
    use crate::value::{Country, Timestamp};

    #[test]
    fn what_somebody_says_is_no_longer_derived() {
        let wish = CaptureLead {
            name: Some("A".into()),
            company: Some("acme.cn".into()),
            region: Some("浙江省".into()),
            emails: vec!["a@acme.cn".into()],
            ..Default::default()
        };
        let now = Timestamp::from_micros(1).unwrap();
        let (lead, _) = capture(Id::new(Uuid::nil()), &wish, Country::CHINA, now).unwrap();
        let lead = Lead { derived: Some("company region".into()), ..lead };
        assert_eq!(amend(&lead, &lead.wish()), Ok(lead.clone()));
        let said = LeadWish { company: Some("Acme".into()), ..lead.wish() };
        assert_eq!(amend(&lead, &said).unwrap().derived.as_deref(), Some("region"));
        let both = LeadWish { region: None, ..said };
        assert_eq!(amend(&lead, &both).unwrap().derived, None);
        let wrong = LeadWish { country: Some("XX".into()), ..Default::default() };
        assert_eq!(broken(&amend(&lead, &wrong)), ["name text.empty", "country country.unknown"]);
        let gone = Lead { status: LeadStatus::Discarded, ..lead };
        assert_eq!(broken(&amend(&gone, &gone.wish())), ["id lead.discarded"]);
    }
}
