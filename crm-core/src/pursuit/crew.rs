//! Who works on a deal, and which share of it counts for whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DealMember;
use crate::decision::{Check, Refusal};
use crate::opportunity::Opportunity;
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Timestamp};

/// Who may be on a deal at once.
const CREW_MAX: usize = 50;

/// The whole: 100 %.
const WHOLE: u64 = 10_000;

/// Sets who works on a deal, all at once: whoever is not named leaves, and keeps what they wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCrew {
    /// On which deal.
    pub id: Id<Opportunity>,
    /// Who, as what, for which share; together exactly 10,000 basis points. Nobody: the deal counts for its owner.
    pub members: Vec<Member>,
}

/// Somebody who works on a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who.
    pub user: Id<User>,
    /// As what: a code of the vocabulary `deal_role`.
    pub role: String,
    /// Which share of the deal counts for them, in basis points: 0 to 10,000.
    pub credit_basis_points: u32,
}

/// Everybody who is or was on a deal, as it shall be. Rule DP-13 (F071): the shares of those on it add up to exactly
/// 10,000 basis points; one who left stays, with the time and no share.
///
/// # Errors
///
/// `deal_member.too_many` over 50 · one by one `code.*` (role), `deal_member.twice`, `deal_member.credit` over 10,000 ·
/// `deal_member.credit_sum` with what they add up to.
pub fn set_crew(
    wish: &SetCrew,
    before: &[DealMember],
    id_of: &mut dyn FnMut() -> Id<DealMember>,
    now: Timestamp,
) -> Result<Vec<DealMember>, Refusal> {
    let mut check = Check::default();
    check.rule(wish.members.len() <= CREW_MAX, "members", || {
        let count = wish.members.len().to_string();
        Invalid::new("deal_member.too_many", &count).limit(format!("at most {CREW_MAX}"))
    });
    let mut after = Vec::new();
    for (at, member) in wish.members.iter().enumerate() {
        let path = |field: &str| format!("members[{at}].{field}");
        let role: Option<Code> = check.take(&path("role"), member.role.parse());
        let earlier = wish.members.iter().take(at);
        check.rule(
            !earlier.into_iter().any(|other| other.user == member.user),
            &path("user"),
            || Invalid::new("deal_member.twice", &member.user.to_string()),
        );
        let credit = member.credit_basis_points;
        check.rule(u64::from(credit) <= WHOLE, &path("credit_basis_points"), || {
            Invalid::new("deal_member.credit", &credit.to_string()).limit("0 to 10000")
        });
        let Some(role) = role else { continue };
        let known = before.iter().find(|known| known.user == member.user);
        let stays = known.filter(|known| known.left_at.is_none());
        after.push(DealMember {
            id: known.map_or_else(&mut *id_of, |known| known.id),
            opportunity: wish.id,
            user: member.user,
            role,
            credit_basis_points: credit,
            joined_at: stays.map_or(now, |stays| stays.joined_at),
            left_at: None,
            ext: known.map(|known| known.ext.clone()).unwrap_or_default(),
        });
    }
    let sum = wish.members.iter().map(|member| u64::from(member.credit_basis_points));
    let sum = sum.fold(0, u64::saturating_add);
    check.rule(sum == WHOLE || wish.members.is_empty(), "members", || {
        Invalid::new("deal_member.credit_sum", &sum.to_string()).limit("exactly 10000")
    });
    let named = |known: &&DealMember| wish.members.iter().all(|member| member.user != known.user);
    for left in before.iter().filter(named) {
        let left_at = left.left_at.or(Some(now));
        after.push(DealMember { credit_basis_points: 0, left_at, ..left.clone() });
    }
    check.finish(Some(after))
}

/// What of an amount counts for whom, in the order of the members: their parts add up to it to the minor unit. Of a deal
/// without members all of it counts for the owner. Rule DP-14 (F071).
///
/// # Errors
///
/// Those of [`Money::split`].
pub fn credits(
    amount: Money,
    owner: Id<User>,
    members: &[DealMember],
) -> Result<Vec<(Id<User>, Money)>, Invalid> {
    let on = || members.iter().filter(|member| member.left_at.is_none());
    let weights: Vec<u32> = on().map(|member| member.credit_basis_points).collect();
    if weights.is_empty() {
        return Ok(vec![(owner, amount)]);
    }
    Ok(on().map(|member| member.user).zip(amount.split(&weights)?).collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::{at, deal, user};
    use super::*;
    use crate::decision::broken;
    use crate::value::Currency;

    fn wish(members: &[(u8, &str, u32)]) -> SetCrew {
        let member = |(who, role, credit): &(u8, &str, u32)| Member {
            user: user(*who),
            role: (*role).to_owned(),
            credit_basis_points: *credit,
        };
        SetCrew { id: deal().id, members: members.iter().map(member).collect() }
    }

    fn set(wish: &SetCrew, before: &[DealMember]) -> Result<Vec<DealMember>, Refusal> {
        let mut next = 100;
        let mut id = || {
            next += 1;
            Id::new(Uuid::from_u128(next))
        };
        set_crew(wish, before, &mut id, at(1))
    }

    #[test]
    fn the_shares_of_a_deal_add_up() {
        let table = [
            ("one has it all", wish(&[(1, "lead", 10_000)]), ""),
            (
                "three share it",
                wish(&[(1, "lead", 3_334), (2, "presales", 3_333), (3, "lead", 3_333)]),
                "",
            ),
            ("one helps without a share", wish(&[(1, "lead", 10_000), (2, "presales", 0)]), ""),
            ("nobody: the owner's", wish(&[]), ""),
            ("one point is missing", wish(&[(1, "lead", 9_999)]), "members deal_member.credit_sum"),
            (
                "one point too many",
                wish(&[(1, "lead", 5_000), (2, "lead", 5_001)]),
                "members deal_member.credit_sum",
            ),
            (
                "one is there twice",
                wish(&[(1, "lead", 5_000), (1, "lead", 5_000)]),
                "members[1].user deal_member.twice",
            ),
            (
                "more than all",
                wish(&[(1, "?", 10_001)]),
                "members[0].role code.format, members[0].credit_basis_points deal_member.credit, members deal_member.credit_sum",
            ),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(broken(&set(&wish, &[])).join(", "), expected, "{rule}");
        }
    }

    #[test]
    fn one_who_leaves_stays_known() {
        let before = set(&wish(&[(1, "lead", 6_000), (2, "presales", 4_000)]), &[]).unwrap();
        let after = set(&wish(&[(1, "lead", 10_000)]), &before).unwrap();
        let told: Vec<_> =
            after.iter().map(|m| (m.user, m.credit_basis_points, m.left_at.is_some())).collect();
        assert_eq!(told, [(user(1), 10_000, false), (user(2), 0, true)]);
        let back = set(&wish(&[(1, "lead", 5_000), (2, "lead", 5_000)]), &after).unwrap();
        assert_eq!(back[1].id, before[1].id, "who comes back is the same member");
    }

    #[test]
    fn what_counts_for_whom_adds_up_to_the_amount() {
        let crew = set(&wish(&[(1, "lead", 3_333), (2, "lead", 3_333), (3, "lead", 3_334)]), &[]);
        let crew = crew.unwrap();
        let cny: Currency = "CNY".parse().unwrap();
        for minor in [1, 2, 100, 99_999_999, 0] {
            let amount = Money::from_minor(minor, cny).unwrap();
            let parts = credits(amount, user(9), &crew).unwrap();
            let sum = Money::sum(cny, parts.iter().map(|(_, part)| *part)).unwrap();
            assert_eq!((parts.len(), sum), (3, amount), "of {amount}");
            assert_eq!(credits(amount, user(9), &[]), Ok(vec![(user(9), amount)]));
        }
    }
}
