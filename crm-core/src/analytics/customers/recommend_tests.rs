use super::*;
use crate::analytics::customers::associated;
use crate::analytics::customers::simulate::id;

fn set(of: &[u64]) -> BTreeSet<Uuid> {
    of.iter().map(|product| id(*product)).collect()
}

/// 1 camera, 2 lens (goes with 1), 3 tripod, 4 old camera (not sold), 5 kit of 1 and 3, 6 filter (goes with 2), 7 bag.
fn shelf() -> Shelf {
    Shelf {
        sold: set(&[1, 2, 3, 5, 6, 7]),
        goes_with: [(id(2), set(&[1])), (id(6), set(&[2]))].into(),
        parts: [(id(5), set(&[1, 3]))].into(),
    }
}

fn told(customer: &Owner, together: &[Together]) -> (Vec<u64>, Vec<(u64, WhyNot)>) {
    let found = offers(customer, &shelf(), together);
    let number = |id: Uuid| u64::try_from(id.as_u128()).unwrap();
    let offers = found.offers.iter().map(|offer| number(offer.product)).collect();
    (offers, found.left_out.iter().map(|(of, why)| (number(*of), *why)).collect())
}

#[test]
fn every_offer_has_a_reason_and_nothing_owned_or_unfit_is_offered() {
    use WhyNot::{NotSold, NothingToGoWith, Owned, SentBack};
    // Of thirty customers every third has both camera and bag, the others have a tripod.
    let sets = (0..30).map(|n| (id(100 + n), if n % 3 == 0 { set(&[1, 7]) } else { set(&[3]) }));
    let together = associated(&sets.collect(), 3, 500).pairs;
    let need = |product: u64| (id(product), id(1_000 + product));
    let none = Owner::default();
    let camera = Owner { owned: set(&[1]), ..Owner::default() };
    let table = [
        ("nothing fits: nothing is offered", none.clone(), vec![], vec![]),
        ("an accessory, then what others have", camera.clone(), vec![2, 7], vec![]),
        (
            "what they need comes first",
            Owner { needs: vec![need(7), need(3)], ..camera.clone() },
            vec![7, 3, 2],
            vec![],
        ),
        (
            "what they have is not offered, nor a kit with it in it",
            Owner { needs: vec![need(1), need(5)], ..camera.clone() },
            vec![2, 7],
            vec![(1, Owned), (5, Owned)],
        ),
        (
            "a kit is what is in it",
            Owner { owned: set(&[5]), needs: vec![need(3)], ..Owner::default() },
            vec![2, 7],
            vec![(3, Owned)],
        ),
        (
            "what is not sold, and what was sent back",
            Owner { needs: vec![need(4)], sent_back: set(&[7]), ..camera },
            vec![2],
            vec![(4, NotSold), (7, SentBack)],
        ),
        (
            "an accessory of nothing",
            Owner { needs: vec![need(6)], ..none },
            vec![],
            vec![(6, NothingToGoWith)],
        ),
    ];
    for (rule, customer, offered, left_out) in table {
        assert_eq!(told(&customer, &together), (offered, left_out), "{rule}");
        for offer in offers(&customer, &shelf(), &together).offers {
            assert!(!offer.reasons.is_empty(), "{rule}: {offer:?}");
        }
    }
}
