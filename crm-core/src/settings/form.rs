//! Forms: which fields a kind of customer has, and which it must have.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::value::{Code, Invalid, Name};

codes! {
    /// What a form is of.
    #[derive(Default)]
    pub enum FormOf {
        /// Customers themselves.
        #[default]
        Customer = "customer",
        /// What was done with them: visits, calls, meetings.
        Activity = "activity",
    }
}

/// A form: the layout of one kind of customer, or of what is done with such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its name.
    pub name: Name,
    /// `business` or `personal`: of which type the customers of this kind are.
    pub of: Code,
    /// The fields that it has besides the name; all that the type has where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<BTreeSet<String>>,
    /// The fields that must hold something.
    #[serde(default)]
    pub required: BTreeSet<String>,
    /// Whether it applies.
    pub active: bool,
}

/// The forms of a tenant: `customer.` or `activity.`, then the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forms(pub BTreeMap<String, Form>);

json_column! { Forms }

impl Forms {
    /// Forms that a tenant may have.
    pub const MAX: usize = 200;

    /// Under what a form is kept.
    pub fn key(of: FormOf, kind: &str) -> String {
        format!("{of}.{kind}")
    }

    /// The form of a kind, where one applies.
    pub fn get(&self, of: FormOf, kind: &str) -> Option<&Form> {
        self.0.get(&Self::key(of, kind)).filter(|form| form.active)
    }
}

/// A form, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineForm {
    /// `customer` (the default) or `activity`: what it is of.
    #[serde(default)]
    pub form_of: FormOf,
    /// The kind of customer: `business` or `personal` for those that name none, or a code of your own such as `hospital`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// `business` or `personal`: of which type the customers of this kind are.
    pub of: String,
    /// The fields that it has besides the name; all that the type has where nothing is said. A custom one is `custom.` and its
    /// code.
    #[serde(default)]
    pub shown: Option<BTreeSet<String>>,
    /// The fields that must hold something.
    #[serde(default)]
    pub required: BTreeSet<String>,
    /// Whether it applies; it does where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// The types of customers, which are kinds of their own.
const TYPES: [&str; 2] = ["business", "personal"];

/// The forms with one defined anew. `fields` are those of what it is of, custom ones among them; `lacks` those that the type
/// does not have.
///
/// # Errors
///
/// `code.*` (kind) · `text.*` (name) · `code.unknown` (of) · `form.type_other` where the kind is the other type ·
/// `form.field` (shown, required) for a field that is not there, or that the type does not have · `form.hidden` (required) for
/// one that must hold something and is not shown · `form.many`. Rule FX-13 (F002, W40, B16).
pub fn define_form(
    before: &Forms,
    wish: &DefineForm,
    fields: &BTreeSet<String>,
    lacks: &[&str],
) -> Result<Forms, Refusal> {
    let mut check = Check::default();
    let kind = check.take("kind", Code::parse(&wish.kind));
    let name = check.take("name", Name::parse(&wish.name));
    let of = check.take("of", Code::parse(&wish.of));
    check.rule(TYPES.contains(&wish.of.as_str()), "of", || {
        Invalid::new("code.unknown", &wish.of).allowed(TYPES)
    });
    check.rule(wish.kind == wish.of || !TYPES.contains(&wish.kind.as_str()), "of", || {
        Invalid::new("form.type_other", &wish.of).limit(wish.kind.clone())
    });
    let has = |field: &String| fields.contains(field) && !lacks.contains(&field.as_str());
    let own = || fields.iter().filter(|field| has(field)).cloned();
    let shown = wish.shown.iter().flatten().map(|field| ("shown", field));
    for (path, field) in shown.chain(wish.required.iter().map(|field| ("required", field))) {
        check.rule(has(field), path, || Invalid::new("form.field", field).allowed(own()));
    }
    for field in &wish.required {
        let hidden = wish.shown.as_ref().is_some_and(|shown| !shown.contains(field));
        check.rule(!hidden, "required", || {
            Invalid::new("form.hidden", field).limit("a field that is shown")
        });
    }
    let mut forms = before.clone();
    let form = name.zip(of).map(|(name, of)| Form {
        name,
        of,
        shown: wish.shown.clone(),
        required: wish.required.clone(),
        active: wish.active,
    });
    if let Some((kind, form)) = kind.zip(form) {
        forms.0.insert(Forms::key(wish.form_of, kind.as_str()), form);
    }
    check.rule(forms.0.len() <= Forms::MAX, "kind", || {
        Invalid::new("form.many", &forms.0.len().to_string()).limit(format!("{}", Forms::MAX))
    });
    check.finish(Some(forms))
}

/// What of a record does not keep to a form. `held` says whether a field holds something, `moved` whether it is another than
/// before: what was entered before there was the form may stay.
///
/// # Errors
///
/// `customer.field_not_in_layout` for a field that the form does not have · `form.required`. Rule FX-14 (F002, W40).
pub fn keeps_to(
    form: &Form,
    fields: &BTreeSet<String>,
    held: impl Fn(&str) -> bool,
    moved: impl Fn(&str) -> bool,
    check: &mut Check,
) {
    for field in fields.iter().filter(|field| moved(field)) {
        let shown = form.shown.as_ref().is_none_or(|shown| shown.contains(field));
        check.rule(shown || !held(field), field, || {
            Invalid::new("customer.field_not_in_layout", field)
                .limit(format!("a field of the form `{}`", form.name))
        });
        check.rule(!form.required.contains(field) || held(field), field, || {
            Invalid::new("form.required", field).limit(format!("by the form `{}`", form.name))
        });
    }
}
