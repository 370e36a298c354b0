//! How what was staked on a prediction is shared: to the point.

use std::collections::HashMap;

use uuid::Uuid;

/// What comes back to whom. Those who were right share everything by their stakes; what whole points leave over goes to the
/// largest remainders, so that nothing is lost and nothing made. Without a winner, or if nobody was right, everybody has theirs
/// back.
pub(super) fn shares(stakes: &HashMap<Uuid, (u32, u64)>, winner: Option<u32>) -> Vec<(Uuid, u64)> {
    let all: u128 = stakes.values().map(|(_, points)| u128::from(*points)).sum();
    let right = |(_, (outcome, _)): &(&Uuid, &(u32, u64))| winner.is_none_or(|winner| *outcome == winner);
    let mut right: Vec<(Uuid, u64)> = stakes.iter().filter(right).map(|(who, (_, points))| (*who, *points)).collect();
    let base: u128 = right.iter().map(|(_, points)| u128::from(*points)).sum();
    if winner.is_none() || base == 0 {
        return stakes.iter().map(|(who, (_, points))| (*who, *points)).collect();
    }
    // In the same order every time.
    right.sort_unstable();
    let mut shares: Vec<(Uuid, u64, u128)> = right
        .into_iter()
        .map(|(who, points)| {
            let product = u128::from(points) * all;
            (who, u64::try_from(product / base).unwrap_or(u64::MAX), product % base)
        })
        .collect();
    let shared: u128 = shares.iter().map(|(_, share, _)| u128::from(*share)).sum();
    shares.sort_by(|(_, _, one), (_, _, other)| other.cmp(one));
    let left = usize::try_from(all.saturating_sub(shared)).unwrap_or_default();
    for (_, share, _) in shares.iter_mut().take(left) {
        *share += 1;
    }
    shares.into_iter().map(|(who, share, _)| (who, share)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_point_is_lost_and_none_made(stakes in prop::collection::vec((0_u32..4, 1_u64..1 << 40), 0..60), winner in prop::option::of(0_u32..5)) {
            let stakes: HashMap<Uuid, (u32, u64)> =
                (1_u128..).map(Uuid::from_u128).zip(stakes).collect();
            let returned = shares(&stakes, winner);
            let staked: u64 = stakes.values().map(|(_, points)| points).sum();
            prop_assert_eq!(returned.iter().map(|(_, points)| points).sum::<u64>(), staked);
            // Nobody who was right has less than before.
            for (who, points) in returned {
                prop_assert!(points >= stakes[&who].1);
            }
        }
    }

    #[test]
    fn who_was_right_shares_by_their_stake() {
        let (a, b, c) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let stakes = HashMap::from([(a, (0, 10)), (b, (0, 20)), (c, (1, 70))]);
        let mut returned = shares(&stakes, Some(0));
        returned.sort_unstable();
        assert_eq!(returned, [(a, 33), (b, 67)]);
        assert_eq!(shares(&stakes, Some(2)).len(), 3);
    }
}
