//! The fused pass: every counter of the dashboard from one reading of the columns, and a second reading of the moves for
//! their percentiles. Tight loops over slices without a branch that data decides; what they mean is said where they are
//! called. The tests hold a slow twin of all of it.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "inner loops: every index is bounded by the slice it reads, every sum by the bound that `run` checks"
)]

use core::ops::Range;

/// Rows that are worked on at a time: what they touch stays in the nearest cache.
const BLOCK: usize = 1024;
/// Buckets of durations.
pub(super) const BUCKETS: usize = 1728;

/// The bucket of a duration in seconds: exact below two minutes, then 64 a doubling. Monotone.
#[inline(always)]
pub(super) const fn bucket(seconds: u32) -> usize {
    let shift = (seconds | 127).ilog2() - 6;
    ((shift << 6) + (seconds >> shift)) as usize
}

/// The least duration of a bucket; behind the last one, 0, so that a difference wraps to the number of values.
pub(super) const fn least(bucket: usize) -> u32 {
    let bucket = bucket as u32;
    if bucket < 128 {
        return bucket;
    }
    let shift = (bucket >> 6) - 1;
    if shift > 25 { 0 } else { ((bucket & 63) + 64) << shift }
}

/// A code in its column.
pub(super) trait Code: Copy + Sync {
    fn index(self) -> usize;
}

impl Code for u8 {
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

impl Code for u32 {
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

/// A sum of amounts.
pub(super) trait Sum: Copy + Default + Send {
    fn add(&mut self, minor: i64);
    fn wide(self) -> i128;
}

impl Sum for i64 {
    #[inline(always)]
    fn add(&mut self, minor: i64) {
        *self = self.wrapping_add(minor);
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Sum for i128 {
    #[inline(always)]
    fn add(&mut self, minor: i64) {
        *self = self.wrapping_add(i128::from(minor));
    }

    fn wide(self) -> i128 {
        self
    }
}

/// The columns of deals that the pass reads, all of one length.
#[derive(Clone, Copy)]
pub(super) struct Deals<'a, C> {
    pub(super) owner: &'a [C],
    pub(super) region: &'a [C],
    pub(super) source: &'a [C],
    pub(super) products: &'a [C],
    /// Where it stands: an open stage, or that of its end; 0 is a row without a deal.
    pub(super) place: &'a [C],
    /// The set of stages that it has reached.
    pub(super) reached: &'a [C],
    /// Amounts in the base currency; 0 of an unpriced deal.
    pub(super) worth: &'a [i64],
    pub(super) created: &'a [u32],
    /// Of an open deal: since when it stands where it stands; of a closed one: when it was closed.
    pub(super) since: &'a [u32],
    /// Days since 1970; 0 is unknown.
    pub(super) expected: &'a [u16],
}

impl<'a, C> Deals<'a, C> {
    fn cut(self, rows: Range<usize>) -> Deals<'a, C> {
        Deals {
            owner: &self.owner[rows.clone()],
            region: &self.region[rows.clone()],
            source: &self.source[rows.clone()],
            products: &self.products[rows.clone()],
            place: &self.place[rows.clone()],
            reached: &self.reached[rows.clone()],
            worth: &self.worth[rows.clone()],
            created: &self.created[rows.clone()],
            since: &self.since[rows.clone()],
            expected: &self.expected[rows],
        }
    }
}

/// What the pass is asked with.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    /// For each place: 1 open, 2 won, 0 else.
    pub(super) class: &'a [u8],
    /// Places are held in rows of `1 << stride` counters.
    pub(super) stride: u32,
    /// How many owners, regions, sources, sets of products, sets of stages there are.
    pub(super) sizes: [usize; 5],
    pub(super) months: &'a Months,
    /// Open deals that stand where they stand since before this are stale, seconds.
    pub(super) stale_before: u32,
}

/// The months of a zone, numbered from January 1970.
#[derive(Debug)]
pub(super) struct Months {
    /// The month of the first second of each day of UTC.
    pub(super) of_day: Vec<u16>,
    /// The first second of each month, one more than there are months.
    pub(super) starts: Vec<u32>,
    /// The month of each day of the calendar.
    pub(super) of_date: Vec<u16>,
}

impl Months {
    /// The month of an instant.
    #[inline(always)]
    pub(super) fn of(&self, seconds: u32) -> usize {
        let month = self.of_day[(seconds / 86_400) as usize] as usize;
        month + usize::from(seconds >= self.starts[month + 1])
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }
}

/// The counters of deals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counts<S> {
    /// Deals by dimension, value and place: owner, region, source, set of products.
    pub(super) by: [Vec<u32>; 4],
    /// Worth by owner and place.
    pub(super) worth: Vec<S>,
    pub(super) reached: Vec<u32>,
    pub(super) won_month: Vec<u32>,
    pub(super) won_worth: Vec<S>,
    /// Worth by month and place.
    pub(super) expected: Vec<u32>,
    pub(super) expected_worth: Vec<S>,
    pub(super) stale: Vec<u32>,
    pub(super) stale_worth: Vec<S>,
    /// From the making of each won deal until it was won, in seconds.
    pub(super) cycles: Vec<u32>,
}

impl<S: Sum> Counts<S> {
    pub(super) fn new(ask: &Ask<'_>) -> Self {
        let of = |size: usize| vec![0; size << ask.stride];
        let sums = |size: usize| vec![S::default(); size << ask.stride];
        let months = ask.months.len();
        Self {
            by: [of(ask.sizes[0]), of(ask.sizes[1]), of(ask.sizes[2]), of(ask.sizes[3])],
            worth: sums(ask.sizes[0]),
            reached: vec![0; ask.sizes[4]],
            won_month: vec![0; months],
            won_worth: vec![S::default(); months],
            expected: of(months),
            expected_worth: sums(months),
            stale: of(1),
            stale_worth: sums(1),
            cycles: Vec::new(),
        }
    }

    /// The same with sums of any size, both together.
    pub(super) fn add_to(self, all: &mut Counts<i128>) {
        let wide = |all: &mut [i128], mine: Vec<S>| {
            all.iter_mut().zip(mine).for_each(|(all, mine)| *all += mine.wide());
        };
        let count = |all: &mut [u32], mine: &[u32]| {
            all.iter_mut().zip(mine).for_each(|(all, mine)| *all += mine);
        };
        all.by.iter_mut().zip(&self.by).for_each(|(all, mine)| count(all, mine));
        count(&mut all.reached, &self.reached);
        count(&mut all.won_month, &self.won_month);
        count(&mut all.expected, &self.expected);
        count(&mut all.stale, &self.stale);
        wide(&mut all.worth, self.worth);
        wide(&mut all.won_worth, self.won_worth);
        wide(&mut all.expected_worth, self.expected_worth);
        wide(&mut all.stale_worth, self.stale_worth);
        all.cycles.extend_from_slice(&self.cycles);
    }
}

/// Counts deals.
fn deals<C: Code, S: Sum>(columns: Deals<'_, C>, ask: &Ask<'_>) -> Counts<S> {
    let mut counts = Counts::new(ask);
    let rows = columns.place.len();
    let mut from = 0;
    while from < rows {
        let to = (from + BLOCK).min(rows);
        let block = columns.cut(from..to);
        match ask.stride {
            3 => one_block(block, ask, 3, &mut counts),
            4 => one_block(block, ask, 4, &mut counts),
            stride => one_block(block, ask, stride, &mut counts),
        }
        from = to;
    }
    counts
}

#[inline(always)]
fn one_block<C: Code, S: Sum>(d: Deals<'_, C>, ask: &Ask<'_>, stride: u32, counts: &mut Counts<S>) {
    let rows = d.place.len();
    let (mut open, mut won) = ([0u16; BLOCK], [0u16; BLOCK]);
    let (mut opens, mut wons) = (0, 0);
    let [owners, regions, sources, products] = &mut counts.by;
    let class: &[u8; 256] = &{
        let mut table = [0; 256];
        let known = ask.class.len().min(256);
        table[..known].copy_from_slice(&ask.class[..known]);
        table
    };
    let (owner, region, source, product) =
        (&d.owner[..rows], &d.region[..rows], &d.source[..rows], &d.products[..rows]);
    let (place, reached, worth) = (&d.place[..rows], &d.reached[..rows], &d.worth[..rows]);
    for row in 0..rows {
        let at = place[row].index();
        let owner = (owner[row].index() << stride) + at;
        owners[owner] = owners[owner].wrapping_add(1);
        counts.worth[owner].add(worth[row]);
        let region = (region[row].index() << stride) + at;
        regions[region] = regions[region].wrapping_add(1);
        let source = (source[row].index() << stride) + at;
        sources[source] = sources[source].wrapping_add(1);
        let product = (product[row].index() << stride) + at;
        products[product] = products[product].wrapping_add(1);
        let reached = reached[row].index();
        counts.reached[reached] = counts.reached[reached].wrapping_add(1);
        let class = if at < 256 { class[at] } else { ask.class[at] };
        open[opens & (BLOCK - 1)] = row as u16;
        opens += usize::from(class == 1);
        won[wons & (BLOCK - 1)] = row as u16;
        wons += usize::from(class == 2);
    }
    let (expected, since, created) = (&d.expected[..rows], &d.since[..rows], &d.created[..rows]);
    for row in &open[..opens] {
        let row = *row as usize;
        let (at, minor) = (place[row].index(), worth[row]);
        let month = ask.months.of_date[expected[row] as usize] as usize;
        let cell = (month << stride) + at;
        counts.expected[cell] = counts.expected[cell].wrapping_add(1);
        counts.expected_worth[cell].add(minor);
        let is_stale = since[row] < ask.stale_before;
        counts.stale[at] = counts.stale[at].wrapping_add(u32::from(is_stale));
        counts.stale_worth[at].add(minor & -i64::from(is_stale));
    }
    for row in &won[..wons] {
        let row = *row as usize;
        let month = ask.months.of(since[row]);
        counts.won_month[month] = counts.won_month[month].wrapping_add(1);
        counts.won_worth[month].add(worth[row]);
        counts.cycles.push(since[row].saturating_sub(created[row]));
    }
}

/// The columns of moves that the pass reads.
#[derive(Clone, Copy)]
pub(super) struct Moves<'a, C> {
    /// What it did: code of its kind, from where, to where; 0 is no move.
    pub(super) step: &'a [C],
    pub(super) at: &'a [u32],
    /// For each step the place that it left, which is 0 where no time in stage ends with it.
    pub(super) left: &'a [u32],
    /// How many places there are.
    pub(super) places: usize,
}

/// The counters of moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// By step.
    pub(super) count: Vec<u32>,
    /// Seconds in the place that was left.
    pub(super) seconds: Vec<u64>,
    /// Of them, by place and bucket.
    pub(super) buckets: Vec<u32>,
}

impl Steps {
    pub(super) fn new(moves: &Moves<'_, impl Code>) -> Self {
        Self {
            count: vec![0; moves.left.len()],
            seconds: vec![0; moves.places],
            buckets: vec![0; moves.places * BUCKETS],
        }
    }

    fn add(&mut self, other: &Self) {
        let count = |all: &mut [u32], mine: &[u32]| {
            all.iter_mut().zip(mine).for_each(|(all, mine)| *all += mine);
        };
        count(&mut self.count, &other.count);
        count(&mut self.buckets, &other.buckets);
        self.seconds.iter_mut().zip(&other.seconds).for_each(|(all, mine)| *all += mine);
    }
}

fn steps<C: Code>(moves: Moves<'_, C>, rows: Range<usize>) -> Steps {
    let mut found = Steps::new(&moves);
    let mut before = rows.start.checked_sub(1).map_or(0, |row| moves.at[row]);
    let (count, seconds) = (&mut found.count[..], &mut found.seconds[..]);
    let left = moves.left;
    for (step, at) in moves.step[rows.clone()].iter().zip(&moves.at[rows]) {
        let step = step.index();
        count[step] = count[step].wrapping_add(1);
        let stood = at.saturating_sub(before);
        before = *at;
        let place = left[step] as usize;
        seconds[place] = seconds[place].wrapping_add(u64::from(stood));
        let cell = place * BUCKETS + bucket(stood);
        found.buckets[cell] = found.buckets[cell].wrapping_add(1);
    }
    found
}

/// The durations of each place that lie in a range of buckets.
fn gather<C: Code>(moves: Moves<'_, C>, rows: Range<usize>, of: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); of.len()];
    let mut before = rows.start.checked_sub(1).map_or(0, |row| moves.at[row]);
    let ranges: Vec<(u32, u32)> = moves.left.iter().map(|place| of[*place as usize]).collect();
    for (step, at) in moves.step[rows.clone()].iter().zip(&moves.at[rows]) {
        let step = step.index();
        let stood = at.saturating_sub(before);
        before = *at;
        let (low, width) = ranges[step];
        if stood.wrapping_sub(low) < width {
            found[moves.left[step] as usize].push(stood);
        }
    }
    found
}

/// Splits rows among threads and adds what they found, in their order; the sum does not depend on how many there are.
fn split<T: Send>(rows: usize, threads: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let threads =
        if cfg!(feature = "parallel") { threads.clamp(1, 64).min(1 + rows / BLOCK) } else { 1 };
    let part = |number: usize| (number * rows / threads)..((number + 1) * rows / threads);
    if threads == 1 {
        return vec![work(part(0))];
    }
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|number| {
                let work = &work;
                scope.spawn(move || work(part(number)))
            })
            .collect();
        let mut all = vec![work(part(0))];
        for (number, other) in (1..).zip(others) {
            // A thread that could not do its part leaves it to this one.
            all.push(other.join().unwrap_or_else(|_| work(part(number))));
        }
        all
    })
}

/// Counts all deals. `most` is a bound on the size of every amount: sums are narrow only where nothing can overflow.
pub(super) fn count_deals<C: Code>(
    columns: Deals<'_, C>,
    ask: &Ask<'_>,
    most: u64,
    threads: usize,
) -> Counts<i128> {
    let rows = columns.place.len();
    let total = u128::from(most) * rows as u128;
    let mut all = Counts::new(ask);
    if total < u128::from(i64::MAX.unsigned_abs()) {
        let found = split(rows, threads, |rows| deals::<C, i64>(columns.cut(rows), ask));
        found.into_iter().for_each(|part| part.add_to(&mut all));
    } else {
        let found = split(rows, threads, |rows| deals::<C, i128>(columns.cut(rows), ask));
        found.into_iter().for_each(|part| part.add_to(&mut all));
    }
    all
}

/// Counts all moves.
pub(super) fn count_steps<C: Code>(moves: Moves<'_, C>, threads: usize) -> Steps {
    let mut parts = split(moves.step.len(), threads, |rows| steps(moves, rows)).into_iter();
    let mut all = parts.next().unwrap_or_else(|| Steps::new(&moves));
    parts.for_each(|part| all.add(&part));
    all
}

/// The durations of each place that lie within `of[place]` (the least, and how many values from there on).
pub(super) fn gather_steps<C: Code>(
    moves: Moves<'_, C>,
    of: &[(u32, u32)],
    threads: usize,
) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); of.len()];
    for part in split(moves.step.len(), threads, |rows| gather(moves, rows, of)) {
        all.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
    }
    all
}
