//! Word of mouth: who brought whom, and what people say in public.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::Product;
use crate::decision::{Check, Refusal};
use crate::party::{Contact, Customer};
use crate::record;
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Name, Note, Timestamp};

record! {
    /// That a customer brought another. Each is brought by one.
    pub struct Referral: Referral {
        /// Who was brought.
        1 referred: Id<Customer>;
        /// Who brought them.
        2 referrer: Id<Customer>;
        /// Who of those.
        3 contact: Option<Id<Contact>>;
        /// When.
        4 referred_on: NaiveDate;
        /// What there is to say about it.
        5 note: Option<Note>, personal("marketing", 3650);
        /// Who entered it.
        6 by: Id<User>;
        /// When it was entered.
        7 created_at: Timestamp;
    }
    listings {
        1 unique "by_referred" ["referred"];
        2 "by_referrer" ["referrer", "referred_on"];
        3 "by_contact" ["contact"];
    }
}

impl Referral {
    /// The listing by who was brought.
    pub const BY_REFERRED: u16 = 1;
    /// The listing by who brought them, then when.
    pub const BY_REFERRER: u16 = 2;
}

/// That a customer brought another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddReferral {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Referral>>,
    /// Who was brought.
    pub referred: Id<Customer>,
    /// Who brought them.
    pub referrer: Id<Customer>,
    /// Who of those.
    #[serde(default)]
    pub contact: Option<Id<Contact>>,
    /// When; today where nothing is said.
    #[serde(default)]
    pub referred_on: Option<NaiveDate>,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// A referral, where `above` are those who brought the referrer, the nearest first, and `known` who brought the referred
/// already.
///
/// # Errors
///
/// `referral.known` where somebody else brought them · `referral.cycle` where they brought the referrer themselves, directly
/// or by others, with the path · `referral.in_future` (referred_on) · `text.*` (note). Rule MK-3 (F124).
pub fn refer(
    id: Id<Referral>,
    wish: &AddReferral,
    (above, known): (&[Id<Customer>], Option<Id<Customer>>),
    (by, today, now): (Id<User>, NaiveDate, Timestamp),
) -> Result<Referral, Refusal> {
    let mut check = Check::default();
    if let Some(known) = known {
        let invalid = Invalid::new("referral.known", &wish.referred.to_string());
        check.refuse("referred", invalid.limit(format!("they were brought by {known}")));
    }
    let chain: Vec<Id<Customer>> =
        core::iter::once(wish.referrer).chain(above.iter().copied()).collect();
    if let Some(at) = chain.iter().position(|id| *id == wish.referred) {
        // From whom was brought first to whom would have brought them.
        let path = chain.iter().take(at.saturating_add(1)).rev().map(ToString::to_string);
        let path: Vec<String> = path.chain([wish.referred.to_string()]).collect();
        let invalid = Invalid::new("referral.cycle", &wish.referrer.to_string());
        check.refuse("referrer", invalid.limit(path.join(" → ")));
    }
    let referred_on = wish.referred_on.unwrap_or(today);
    check.rule(referred_on <= today, "referred_on", || {
        Invalid::new("referral.in_future", &referred_on.to_string()).limit(format!("until {today}"))
    });
    let note = check.parse("note", wish.note.as_deref());
    let (referred, referrer, contact) = (wish.referred, wish.referrer, wish.contact);
    let (created_at, ext) = (now, Ext::new());
    check.finish(Some(Referral {
        id,
        referred,
        referrer,
        contact,
        referred_on,
        note,
        by,
        created_at,
        ext,
    }))
}

record! {
    /// What somebody said of us in public.
    pub struct Review: Review {
        /// Where: a code of the vocabulary `review_site`.
        1 site: Code;
        /// About which product; about us where nothing is said.
        2 product: Option<Id<Product>>;
        /// Which customer said it, where it is known.
        3 customer: Option<Id<Customer>>;
        /// How good: 1 up to the scale.
        4 score: u32;
        /// The best score of the site.
        5 scale: u32;
        /// Under what name.
        6 author: Option<Name>, personal("marketing", 1095);
        /// What they said.
        7 content: Option<Note>, personal("marketing", 1095);
        /// When they said it.
        8 said_on: NaiveDate;
        /// Who entered it.
        9 by: Id<User>;
        /// When it was entered.
        10 created_at: Timestamp;
    }
    listings {
        1 "by_product" ["product", "said_on"];
        2 "by_day" ["said_on"];
        3 "by_customer" ["customer"];
    }
}

impl Review {
    /// The listing by product, then day.
    pub const BY_PRODUCT: u16 = 1;
    /// The listing by day.
    pub const BY_DAY: u16 = 2;
}

/// What somebody said of us in public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddReview {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Review>>,
    /// Where: a code of the vocabulary `review_site`.
    pub site: String,
    /// About which product; about us where nothing is said.
    #[serde(default)]
    pub product: Option<Id<Product>>,
    /// Which customer said it, where it is known.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    /// How good: 1 up to the scale.
    pub score: u32,
    /// The best score of the site, 2 to 100; 5 where nothing is said.
    #[serde(default)]
    pub scale: Option<u32>,
    /// Under what name.
    #[serde(default)]
    pub author: Option<String>,
    /// What they said.
    #[serde(default)]
    pub content: Option<String>,
    /// When they said it; today where nothing is said.
    #[serde(default)]
    pub said_on: Option<NaiveDate>,
}

/// A review as it is entered.
///
/// # Errors
///
/// `code.*` (site) · `review.scale` · `review.score` outside it · `text.*` (author, content) · `review.in_future` (said_on).
/// Rule MK-4 (F124).
pub fn review(
    id: Id<Review>,
    wish: &AddReview,
    (by, today, now): (Id<User>, NaiveDate, Timestamp),
) -> Result<Review, Refusal> {
    let mut check = Check::default();
    let site = check.take("site", Code::parse(&wish.site));
    let scale = wish.scale.unwrap_or(5);
    check.rule((2..=100).contains(&scale), "scale", || {
        Invalid::new("review.scale", &scale.to_string()).limit("2 to 100")
    });
    check.rule((1..=scale).contains(&wish.score), "score", || {
        Invalid::new("review.score", &wish.score.to_string()).limit(format!("1 to {scale}"))
    });
    let author = check.parse("author", wish.author.as_deref());
    let content = check.parse("content", wish.content.as_deref());
    let said_on = wish.said_on.unwrap_or(today);
    check.rule(said_on <= today, "said_on", || {
        Invalid::new("review.in_future", &said_on.to_string()).limit(format!("until {today}"))
    });
    check.finish(site.map(|site| Review {
        id,
        site,
        product: wish.product,
        customer: wish.customer,
        score: wish.score,
        scale,
        author,
        content,
        said_on,
        by,
        created_at: now,
        ext: Ext::new(),
    }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    const TODAY: &str = "2026-04-15";

    fn id<T>(n: u128) -> Id<T> {
        Id::new(Uuid::from_u128(n))
    }

    fn entry() -> (Id<User>, NaiveDate, Timestamp) {
        (User::OWNER, TODAY.parse().unwrap(), Timestamp::from_micros(0).unwrap())
    }

    #[test]
    fn nobody_is_brought_by_whom_they_brought() {
        let wish = |referrer, referred| AddReferral {
            id: None,
            referred: id(referred),
            referrer: id(referrer),
            contact: None,
            referred_on: None,
            note: None,
        };
        let late = AddReferral { referred_on: "2026-04-16".parse().ok(), ..wish(1, 9) };
        // 3 was brought by 2, who was brought by 1.
        let above = [id(2), id(1)];
        let table = [
            ("by somebody", wish(3, 4), &above[..], None, ""),
            ("by themselves", wish(3, 3), &[][..], None, "referrer referral.cycle"),
            ("by whom they brought", wish(3, 1), &above[..], None, "referrer referral.cycle"),
            ("twice", wish(3, 4), &above[..], Some(id(7)), "referred referral.known"),
            ("tomorrow", late, &[][..], None, "referred_on referral.in_future"),
        ];
        for (rule, wish, above, known, expected) in table {
            let decided = refer(id(0), &wish, (above, known), entry());
            assert_eq!(broken(&decided).join(", "), expected, "a customer is brought {rule}");
        }
        let cycle = refer(id(0), &wish(3, 1), (&above, None), entry()).unwrap_err();
        let path = [1, 2, 3, 1].map(|n| id::<Customer>(n).to_string()).join(" → ");
        assert_eq!(cycle.violations().next().unwrap().limit.as_deref(), Some(path.as_str()));
    }

    #[test]
    fn a_review_scores_within_the_scale_of_its_site() {
        let wish = |score, scale| AddReview {
            id: None,
            site: "jd".into(),
            product: None,
            customer: None,
            score,
            scale,
            author: None,
            content: None,
            said_on: None,
        };
        let bad = AddReview {
            site: "!".into(),
            author: Some(" ".into()),
            said_on: "2027-01-01".parse().ok(),
            ..wish(6, None)
        };
        let table = [
            ("of five", wish(5, None), ""),
            ("of ten", wish(10, Some(10)), ""),
            ("of none", wish(0, None), "score review.score"),
            ("of one", wish(1, Some(1)), "scale review.scale"),
            (
                "wrong all over",
                bad,
                "site code.format, score review.score, author text.empty, said_on review.in_future",
            ),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(
                broken(&review(id(0), &wish, entry())).join(", "),
                expected,
                "a review {rule}"
            );
        }
    }
}
