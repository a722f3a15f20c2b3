//! Operations on forms, and the check of everything that is written against them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::activity::{Activity, ActivityStatus};
use crate::custom::CustomField;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::party::{Customer, CustomerType};
use crate::quality::Document;
use crate::record::{Entity, Key, Kind, Record, Val};
use crate::settings::{DefineForm, Form, FormOf, Forms, Settings, define_form, keeps_to};
use crate::value::Invalid;

/// The fields of a customer that a form may show.
const OF_CUSTOMERS: &[&str] = &[
    "birthday",
    "credit_code",
    "industry",
    "note",
    "parent",
    "price_group",
    "region",
    "size",
    "source",
    "website",
];

/// The fields of an activity that a form may show.
const OF_ACTIVITIES: &[&str] = &["content", "ends_at", "feedback", "outcome", "place", "subject"];

/// Defines the form of a kind of customer: which fields it has, and which must hold something. What is stored already may
/// stay as it is until somebody changes it.
impl Operation for DefineForm {
    const NAME: &'static str = "form.define";
    const ACCESS: Access = Access::Configure;
    type Response = FormsListed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<FormsListed, Error> {
        let settings = cx.get(Settings::ID)?;
        let before = settings.forms.clone().unwrap_or_default();
        let fields = fields(cx, self.form_of)?;
        let lacks = match (self.form_of, self.of.parse()) {
            (FormOf::Customer, Ok(of)) => CustomerType::lacks(of),
            _ => &[],
        };
        let forms = define_form(&before, self, &fields, lacks)?;
        cx.put(&Settings { forms: Some(forms.clone()), ..settings })?;
        Ok(FormsListed { forms })
    }
}

/// The forms there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListForms {}

/// Forms by `customer.` or `activity.` and the kind of customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FormsListed {
    /// The forms.
    pub forms: Forms,
}

impl Operation for ListForms {
    const NAME: &'static str = "form.list";
    const ACCESS: Access = Access::Read;
    type Response = FormsListed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<FormsListed, Error> {
        Ok(FormsListed { forms: cx.get(Settings::ID)?.forms.unwrap_or_default() })
    }
}

/// The fields that forms of something may name.
fn fields(cx: &mut Cx<'_>, of: FormOf) -> Result<BTreeSet<String>, Error> {
    let own = match of {
        FormOf::Customer => OF_CUSTOMERS,
        FormOf::Activity => OF_ACTIVITIES,
    };
    let custom = cx.list::<CustomField>(CustomField::BY_CODE, &[Val::from(of.code())])?;
    let custom = custom.iter().filter(|field| field.active).map(CustomField::path);
    Ok(own.iter().map(|field| (*field).to_owned()).chain(custom).collect())
}

/// Holds every customer that the decision writes, and everything it says was done with one, against the form of its kind:
/// every door alike.
///
/// # Errors
///
/// Those of [`keeps_to`] · `form.unknown` (form) for a kind without a form, or with one of the other type; the store's.
pub(super) fn held(cx: &mut Cx<'_>) -> Result<(), Error> {
    if !cx.writes_kind(Kind::Customer) && !cx.writes_kind(Kind::Activity) {
        return Ok(());
    }
    let forms = cx.get(Settings::ID)?.forms.unwrap_or_default();
    // Without forms there is only a customer that names one.
    let is_held = |record: &Record| {
        let named = || record.at(Customer::FORM).is_some_and(|form| !form.is_null());
        let of = |kind| !record.deleted && record.def.kind == kind;
        of(Kind::Customer) && (!forms.0.is_empty() || named())
            || of(Kind::Activity) && !forms.0.is_empty()
    };
    let mut check = Check::default();
    for (before, after) in cx.part_written(is_held) {
        let before = before.filter(|before| !before.deleted);
        if after.def.kind == Kind::Customer {
            customer(cx, &forms, before.as_ref(), &after, &mut check)?;
        } else {
            activity(cx, &forms, before.as_ref(), &after, &mut check)?;
        }
    }
    Ok(check.done()?)
}

fn customer(
    cx: &mut Cx<'_>,
    forms: &Forms,
    before: Option<&Record>,
    after: &Record,
    check: &mut Check,
) -> Result<(), Error> {
    let now = Customer::from_record(after)?;
    let was = before.map(Customer::from_record).transpose()?;
    let anew = was.as_ref().is_none_or(|was| was.kind() != now.kind());
    if let Some(named) = now.form.as_ref().filter(|_| anew) {
        let of_type = |form: &Form| form.of.as_str() == now.customer_type.code();
        let fits = forms.get(FormOf::Customer, named.as_str()).is_some_and(of_type);
        check.rule(fits, "form", || {
            let own = forms.0.iter().filter(|(_, form)| form.active && of_type(form));
            let own = own.filter_map(|(key, _)| key.strip_prefix("customer."));
            Invalid::new("form.unknown", named.as_str()).allowed(own)
        });
    }
    let Some(form) = forms.get(FormOf::Customer, now.kind()) else { return Ok(()) };
    let fields = fields(cx, FormOf::Customer)?;
    against(form, &fields, before.filter(|_| !anew), after, check);
    Ok(())
}

fn activity(
    cx: &mut Cx<'_>,
    forms: &Forms,
    before: Option<&Record>,
    after: &Record,
    check: &mut Check,
) -> Result<(), Error> {
    let now = Activity::from_record(after)?;
    let (Some(with), ActivityStatus::Done) = (now.customer, now.status) else { return Ok(()) };
    let Some(customer) = cx.find(with)? else { return Ok(()) };
    let Some(form) = forms.get(FormOf::Activity, customer.kind()) else { return Ok(()) };
    let was = before.map(Activity::from_record).transpose()?;
    // A plan that is carried out is held against the form as a whole.
    let anew = was.is_none_or(|was| was.status != ActivityStatus::Done);
    let fields = fields(cx, FormOf::Activity)?;
    against(form, &fields, before.filter(|_| !anew), after, check);
    Ok(())
}

fn against(
    form: &Form,
    fields: &BTreeSet<String>,
    before: Option<&Record>,
    after: &Record,
    check: &mut Check,
) {
    let (was, is) = (before.map(Document::of), Document::of(after));
    let held = |field: &str| !is.get(field).is_empty();
    let moved = |field: &str| was.as_ref().is_none_or(|was| was.get(field) != is.get(field));
    keeps_to(form, fields, held, moved, check);
}

impl Cx<'_> {
    /// What a customer would lose by becoming of another kind: the fields that hold something and that the form of that kind
    /// does not have.
    pub(super) fn lost_to_form(&mut self, after: &Customer) -> Result<BTreeSet<String>, Error> {
        let forms = self.get(Settings::ID)?.forms.unwrap_or_default();
        let shown = forms.get(FormOf::Customer, after.kind()).and_then(|form| form.shown.clone());
        let Some(shown) = shown else { return Ok(BTreeSet::new()) };
        let key = Key { kind: Kind::Customer, id: after.id.uuid() };
        let record = Record { id: key.id, ..after.record(0) };
        let document = Document::of(&record);
        let mut fields = fields(self, FormOf::Customer)?;
        fields.retain(|field| !shown.contains(field) && !document.get(field).is_empty());
        Ok(fields)
    }
}
