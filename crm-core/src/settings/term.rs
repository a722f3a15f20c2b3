//! The host's vocabularies: the codes of industries, sizes, sources, loss reasons, and what people call them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Check, Refusal};
use crate::record;
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, Name};

record! {
    /// One code of a vocabulary. A vocabulary is the terms that name its scheme; there is no record of it.
    pub struct Term: Term {
        /// The vocabulary, such as `industry`, `size`, `source` or `loss_reason`.
        1 scheme: Code;
        /// The code.
        2 code: Code;
        /// What it is called in Chinese.
        3 zh: Name;
        /// What it is called in English.
        4 en: Option<Name>;
        /// Whether it may be used for something new.
        5 active: bool;
        /// The code to use instead, of a retired one.
        6 replaced_by: Option<Code>;
    }
    listings {
        1 unique "by_code" ["scheme", "code"];
    }
}

impl Term {
    /// The listing by vocabulary and code.
    pub const BY_CODE: u16 = 1;
}

/// A code of a vocabulary, new or with new names. Saying the same twice is saying it once; a retired code comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefineTerm {
    /// The vocabulary.
    pub scheme: String,
    /// The code.
    pub code: String,
    /// What it is called in Chinese.
    pub zh: String,
    /// What it is called in English.
    pub en: Option<String>,
}

/// A term as it is wished.
///
/// # Errors
///
/// `code.*` (scheme, code) · `text.*` (zh, en). Rule SET-1 (F001).
pub fn define_term(id: Id<Term>, wish: &DefineTerm) -> Result<Term, Refusal> {
    let mut check = Check::default();
    let scheme = check.take("scheme", Code::parse(&wish.scheme));
    let code = check.take("code", Code::parse(&wish.code));
    let zh = check.take("zh", Name::parse(&wish.zh));
    let en = check.parse("en", wish.en.as_deref());
    let term = scheme.zip(code).zip(zh).map(|((scheme, code), zh)| Term {
        id,
        scheme,
        code,
        zh,
        en,
        active: true,
        replaced_by: None,
        ext: Ext::new(),
    });
    check.finish(term)
}

/// A term that is used for nothing new any more; what it was used for keeps it.
///
/// # Errors
///
/// `term.replaced_by` where the code to use instead is the retired one itself, or no active one. Rule SET-2.
pub fn retire_term(
    term: &Term,
    replaced_by: Option<(&str, Option<&Term>)>,
) -> Result<Term, Refusal> {
    let retired = Term { active: false, replaced_by: None, ..term.clone() };
    match replaced_by {
        None => Ok(retired),
        Some((_, Some(other))) if other.active && other.id != term.id => {
            Ok(Term { replaced_by: Some(other.code.clone()), ..retired })
        }
        Some((code, _)) => Err(Refusal::by("term.replaced_by", "replaced_by", code)),
    }
}

/// Whether a code may be used: any code where its vocabulary has no terms, else an active one of them.
///
/// # Errors
///
/// `code.unknown` with the allowed codes, or `code.retired` with what to use instead. Rule SET-3 (F001).
pub fn usable<'a>(code: &Code, terms: impl IntoIterator<Item = &'a Term>) -> Result<(), Invalid> {
    let terms: Vec<&Term> = terms.into_iter().collect();
    let active = || terms.iter().filter(|term| term.active).map(|term| term.code.as_str());
    match terms.iter().find(|term| term.code == *code) {
        None if terms.is_empty() => Ok(()),
        None => Err(Invalid::new("code.unknown", code.as_str()).allowed(active())),
        Some(term) if term.active => Ok(()),
        Some(term) => {
            let retired = Invalid::new("code.retired", code.as_str());
            Err(match &term.replaced_by {
                Some(instead) => retired.allowed([instead.as_str()]),
                None => retired.allowed(active()),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    fn term(code: &str) -> Term {
        let wish = DefineTerm {
            scheme: "industry".into(),
            code: code.into(),
            zh: code.into(),
            ..Default::default()
        };
        let bits = code.bytes().fold(0, |bits, byte| bits << 8 | u128::from(byte));
        define_term(Id::new(Uuid::from_u128(bits)), &wish).unwrap()
    }

    #[test]
    fn a_term_says_its_scheme_its_code_and_its_chinese_name() {
        let wish =
            DefineTerm { scheme: "Industry".into(), en: Some(" ".into()), ..Default::default() };
        let found = broken(&define_term(Id::new(Uuid::nil()), &wish));
        assert_eq!(
            found,
            ["scheme code.format", "code code.format", "zh text.empty", "en text.empty"]
        );
    }

    #[test]
    fn a_code_is_checked_against_its_vocabulary() {
        let (steel, food) = (term("steel"), term("food"));
        let gone = retire_term(&term("iron"), Some(("steel", Some(&steel)))).unwrap();
        let lost = retire_term(&term("coal"), None).unwrap();
        let terms = [steel, food, gone, lost];
        let table = [
            // a code …                               code     of terms    answer
            ("of a vocabulary without terms is any", "iron", &terms[..0], Ok(())),
            ("in use is fine", "steel", &terms[..], Ok(())),
            ("not in it is unknown", "stel", &terms[..], Err(("code.unknown", "steel food"))),
            ("replaced by another names it", "iron", &terms[..], Err(("code.retired", "steel"))),
            ("retired without another", "coal", &terms[..], Err(("code.retired", "steel food"))),
        ];
        for (rule, code, terms, expected) in table {
            let found =
                usable(&code.parse().unwrap(), terms).map_err(|e| (e.code, e.allowed.join(" ")));
            let expected =
                expected.map_err(|(code, allowed)| (code.to_owned(), allowed.to_owned()));
            assert_eq!(found, expected, "a code {rule}");
        }
    }

    #[test]
    fn a_retired_term_is_replaced_by_an_active_other_or_by_none() {
        let steel = term("steel");
        let gone = retire_term(&steel, None).unwrap();
        let iron = term("iron");
        assert_eq!(
            broken(&retire_term(&iron, Some(("iron", Some(&iron))))),
            ["replaced_by term.replaced_by"]
        );
        assert_eq!(
            broken(&retire_term(&iron, Some(("steel", Some(&gone))))),
            ["replaced_by term.replaced_by"]
        );
        assert_eq!(
            broken(&retire_term(&iron, Some(("x", None)))),
            ["replaced_by term.replaced_by"]
        );
        assert_eq!(
            retire_term(&iron, Some(("steel", Some(&steel)))).unwrap().replaced_by,
            Some(steel.code)
        );
    }
}
