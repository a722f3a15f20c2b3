//! Operations on vocabularies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Kind, Val};
use crate::settings::{DefineTerm, Term, define_term, retire_term, usable};
use crate::value::Code;

impl Operation for DefineTerm {
    const NAME: &'static str = "term.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Term>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Term>, Error> {
        let id = match term(cx, &self.scheme, &self.code)? {
            Some(defined) => defined.id,
            None => cx.new_id(),
        };
        cx.amend(&define_term(id, self)?)
    }
}

/// Ends the use of a code: nothing new gets it, what has it keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireTerm {
    /// The vocabulary.
    pub scheme: String,
    /// The code.
    pub code: String,
    /// The code to use instead.
    #[serde(default)]
    pub replaced_by: Option<String>,
}

impl Operation for RetireTerm {
    const NAME: &'static str = "term.retire";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Term>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Term>, Error> {
        let missing =
            || Error::NotFound { kind: Kind::Term, id: format!("{}/{}", self.scheme, self.code) };
        let retired = term(cx, &self.scheme, &self.code)?.ok_or_else(missing)?;
        let other = match &self.replaced_by {
            Some(code) => term(cx, &self.scheme, code)?,
            None => None,
        };
        let replaced_by = self.replaced_by.as_deref().map(|code| (code, other.as_ref()));
        cx.amend(&retire_term(&retired, replaced_by)?)
    }
}

/// The terms of a vocabulary, or of all, by vocabulary and code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTerms {
    /// The vocabulary.
    pub scheme: Option<String>,
    /// Also retired ones.
    pub retired: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListTerms {
    const NAME: &'static str = "term.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Term>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Term>, Error> {
        let scheme: Vec<Val> = self.scheme.as_deref().map(Val::from).into_iter().collect();
        let wanted = Wanted::of(Term::BY_CODE, &scheme).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |term: &Term| self.retired || term.active)
    }
}

fn term(cx: &mut Cx<'_>, scheme: &str, code: &str) -> Result<Option<Term>, Error> {
    cx.unique(Term::BY_CODE, &[Val::from(scheme), Val::from(code)])
}

impl Cx<'_> {
    /// Refuses codes that their vocabularies do not have. Each is the path of its field, the vocabulary, what the field
    /// held before, which it may keep, and what it shall hold.
    pub(crate) fn terms(
        &mut self,
        codes: &[(&str, &str, Option<&Code>, Option<&Code>)],
    ) -> Result<(), Error> {
        let mut check = Check::default();
        for (path, scheme, before, after) in codes {
            let Some(code) = after.filter(|_| before != after) else { continue };
            let answer = match term(self, scheme, code.as_str())? {
                Some(term) if term.active => continue,
                _ => usable(code, &self.list::<Term>(Term::BY_CODE, &[Val::from(*scheme)])?),
            };
            check.take(path, answer);
        }
        Ok(check.done()?)
    }
}
