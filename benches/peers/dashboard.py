"""The dashboard beside DuckDB and Polars: the same ten questions on the same data, in turns.

    python3 benches/peers/dashboard.py 1000000                         a million deals
    python3 benches/peers/dashboard.py 1000000 --also chdb postgres    ClickHouse in process and PostgreSQL too
    python3 benches/peers/dashboard.py 1000000 --also sqlite           SQLite too, which takes 15 seconds a round

Every answer is compared with the engine's before anything is timed; then, in every round, the engine's pass, its kept
counters and the memory's bandwidth take turns, and for each question the engine's answer to it alone and every peer's.
Figures are the least and the middle of the rounds, in milliseconds. PostgreSQL is a server of this script's own, without
a port, that `initdb` on the machine makes; a super user runs it as the user `postgres`.
"""

import decimal
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from peers import inside, parser_of

PEERS = ["duckdb==2.0.0", "polars==2.1.0"]
ALSO = {"sqlite": [], "chdb": ["chdb==4.4.0"], "postgres": ["psycopg[binary]==3.3.9"]}
NOW = 1_735_689_600
STALE = NOW - 30 * 86_400

parser = parser_of(__doc__)
parser.add_argument("rows", type=int, help="how many deals")
parser.add_argument("--threads", type=int, default=2, help="of the engine and of each peer; 2 where nothing is said")
parser.add_argument("--rounds", type=int, default=7, help="7 where nothing is said")
parser.add_argument("--also", nargs="*", choices=ALSO, default=[], metavar="PEER", help=f"other peers too: {', '.join(ALSO)}")
args = parser.parse_args()
inside(args, PEERS + [package for peer in sorted(args.also) for package in ALSO[peer]])
os.environ.setdefault("POLARS_MAX_THREADS", str(args.threads))
import duckdb  # noqa: E402
import polars as pl  # noqa: E402


# What the engine calls each query.
QUESTIONS = dict(stage="stages", funnel="transitions", reach="reached", winrate="win_rates", cycle="cycle", won_month="won",
                 forecast="forecast", top20="top_owners", dwell="dwell", stale="stale")


class Engine:
    """The engine's side, which answers a line for each line."""

    def __init__(self, data):
        words = ["bench", "dashboard", "--rows", args.rows, "--threads", args.threads, "--export", data, "--serve"]
        words = [str(word) for word in (args.crm, *words)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = iter(self.process.stdout.readline, "")  # lines about the machine stand before
        assert any(line.strip() == "ready" for line in said), "the engine ended before it was ready"

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]


def masks(rows):
    """Deals by stage from deals by set of stages."""
    found = {}
    for mask, n in rows:
        for stage in range(7):
            if mask >> stage & 1:
                found[stage] = found.get(stage, 0) + n
    return [[stage, n] for stage, n in found.items()]


def duck(data):
    c = duckdb.connect()
    c.execute(f"set threads={args.threads}")
    at = lambda column: f"(timestamp '1970-01-01' + to_seconds({column}))"
    c.execute(f"""create table opp as select id::uinteger id, owner::utinyint owner, region::utinyint region, source::utinyint source,
        product::utinyint product, stage::utinyint stage, prob::utinyint prob, (amount::decimal(18,2)/100)::decimal(14,2) amount,
        {at('created')} created, {at('closed')} closed, {at('expected')}::date expected, {at('changed')} changed
        from read_csv('{data}/opp.csv')""")
    c.execute(f"""create table hist as select opp::uinteger opp, from_stage::utinyint from_stage, to_stage::utinyint to_stage, {at('"at"')} ts
        from read_csv('{data}/hist.csv', types={{'from_stage': 'INTEGER'}}) order by opp, ts""")
    q = dict(
        stage="select stage, count(*), sum(amount) from opp group by 1 order by 1",
        funnel="select from_stage, to_stage, count(*) from hist group by 1, 2 order by 1, 2",
        reach="select s, sum(n) from (select m, count(*) n from (select bit_or(1 << to_stage) m from hist group by opp) group by 1), range(7) t(s) where (m >> s) & 1 = 1 group by 1 order by 1",
        winrate="""select owner, region, source, product, count(*) filter (stage = 5), count(*) filter (stage = 6) from opp
            where stage >= 5 group by grouping sets ((owner), (region), (source), (product))""",
        cycle="select count(*), avg(x), quantile_cont(x, 0.5), quantile_cont(x, 0.9) from (select date_diff('second', created, closed) x from opp where stage = 5)",
        won_month="select date_trunc('month', closed)::date m, sum(amount) from opp where stage = 5 group by 1 order by 1",
        forecast="select date_trunc('month', expected)::date m, sum(amount * prob) from opp where stage < 5 group by 1 order by 1",
        top20="select owner, sum(amount) s from opp where stage = 5 group by 1 order by s desc, owner limit 20",
        dwell="""select from_stage, avg(d), quantile_cont(d, 0.9) from (select from_stage,
            date_diff('second', lag(ts) over (partition by opp order by ts), ts) d from hist) where from_stage is not null group by 1 order by 1""",
        stale=f"select stage, count(*), sum(amount) from opp where stage < 5 and changed < to_timestamp({STALE})::timestamp group by 1 order by 1",
    )
    run = {name: (lambda sql=sql: c.execute(sql).fetchall()) for name, sql in q.items()}
    cents = lambda amount: int(round(amount * 100))
    shape = dict(
        stage=lambda rows: [[s, n, cents(a)] for s, n, a in rows],
        won_month=lambda rows: [[str(m), cents(a)] for m, a in rows],
        forecast=lambda rows: [[str(m), cents(a)] for m, a in rows],
        top20=lambda rows: [[o, cents(a)] for o, a in rows],
        stale=lambda rows: [[s, n, cents(a)] for s, n, a in rows],
        cycle=lambda rows: list(rows[0]),
    )
    return run, shape


def polars(data):
    at = lambda column: pl.from_epoch(pl.col(column), time_unit="s").alias(column)
    small = {name: pl.UInt8 for name in ("owner", "region", "source", "product", "stage", "prob")}
    o = pl.read_csv(f"{data}/opp.csv", schema_overrides={**small, "id": pl.UInt32, "amount": pl.Int64, "closed": pl.Int64})
    o = o.with_columns(at("created"), at("closed"), at("changed"), at("expected").cast(pl.Date))
    h = pl.read_csv(f"{data}/hist.csv", schema_overrides={"opp": pl.UInt32, "from_stage": pl.UInt8, "to_stage": pl.UInt8, "at": pl.Int64})
    h = h.with_columns(at("at"), pl.col("opp").set_sorted())
    L, H, c = o.lazy(), h.lazy(), pl.col
    won = L.filter(c("stage") == 5)
    x = (c("closed") - c("created")).dt.total_seconds()
    wins = lambda k: L.filter(c("stage") >= 5).group_by(k).agg((c("stage") == 5).sum().alias("w"), (c("stage") == 6).sum().alias("l"))
    import datetime
    cutoff = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=STALE)
    two = pl.lit(2, dtype=pl.UInt8)
    q = dict(
        stage=[L.group_by("stage").agg(pl.len(), c("amount").sum()).sort("stage")],
        funnel=[H.group_by("from_stage", "to_stage").agg(pl.len())],
        reach=[H.select(c("opp"), two.pow(c("to_stage")).cast(pl.UInt8).alias("b")).group_by("opp").agg(c("b").bitwise_or()).group_by("b").agg(pl.len())],
        winrate=[wins(k) for k in ("owner", "region", "source", "product")],
        cycle=[won.select(pl.len(), x.mean().alias("a"), x.median().alias("b"), x.quantile(0.9, "linear").alias("c"))],
        won_month=[won.group_by(c("closed").dt.truncate("1mo").dt.date()).agg(c("amount").sum()).sort("closed")],
        forecast=[L.filter(c("stage") < 5).group_by(c("expected").dt.truncate("1mo")).agg((c("amount") * c("prob").cast(pl.Int64)).sum()).sort("expected")],
        top20=[won.group_by("owner").agg(c("amount").sum()).sort(["amount", "owner"], descending=[True, False]).head(20)],
        # Relies on rows that stand in the order of deals and time; without that it takes many times as long.
        dwell=[H.with_columns(c("at").diff().dt.total_seconds().alias("d")).filter(c("from_stage").is_not_null())
               .group_by("from_stage").agg(c("d").mean(), c("d").quantile(0.9, "linear").alias("p")).sort("from_stage")],
        stale=[L.filter((c("stage") < 5) & (c("changed") < cutoff)).group_by("stage").agg(pl.len(), c("amount").sum()).sort("stage")],
    )
    run = {name: (lambda plans=plans: [frame.rows() for frame in pl.collect_all(plans)]) for name, plans in q.items()}
    every = [plan for plans in q.values() for plan in plans]
    run["all at once"] = lambda: pl.collect_all(every)

    rows = lambda frames: [list(row) for row in frames[0]]
    months = lambda frames: [[str(month), amount] for month, amount in frames[0]]
    shape = dict.fromkeys(("stage", "funnel", "top20", "dwell", "stale"), rows)
    shape |= dict(reach=lambda frames: masks(frames[0]), cycle=lambda frames: list(frames[0][0]), won_month=months, forecast=months)
    shape["winrate"] = lambda frames: [
        [*[key if at == which else None for at in range(4)], won, lost] for which, frame in enumerate(frames) for key, won, lost in frame]
    return run, shape


def chdb(data):
    """Its tables stand in the order of keys, on disk; all it reads is in the system's cache."""
    from chdb.session import Session
    s = Session()
    small = ", ".join(f"{name} UInt8" for name in ("owner", "region", "source", "product", "stage", "prob"))
    s.query("create database if not exists crm engine = Atomic")
    s.query(f"""create table crm.opp engine = MergeTree order by id as select id, owner, region, source, product, stage, prob,
        toDecimal64(amount, 2) / 100 amount, toDateTime(created, 'UTC') created, toDateTime(closed, 'UTC') closed,
        toDate(toDateTime(expected, 'UTC')) expected, toDateTime(changed, 'UTC') changed from file('{data}/opp.csv', CSVWithNames,
        'id UInt32, {small}, amount Int64, created UInt32, closed Nullable(UInt32), expected UInt32, changed UInt32')""")
    s.query(f"""create table crm.hist engine = MergeTree order by (opp, at) as select opp, ifNull(from_stage, 255)::UInt8 from_stage, to_stage,
        toDateTime(at, 'UTC') at from file('{data}/hist.csv', CSVWithNames, 'opp UInt32, from_stage Nullable(UInt8), to_stage UInt8, at UInt32')""")
    s.query("optimize table crm.opp final")
    s.query("optimize table crm.hist final")
    q = dict(
        stage="select stage, count(), sum(amount) from crm.opp group by 1 order by 1",
        funnel="select from_stage, to_stage, count() from crm.hist group by 1, 2 order by 1, 2",
        reach="select m, count() from (select groupBitOr(bitShiftLeft(1, to_stage)) m from crm.hist group by opp) group by 1",
        winrate="""select owner, region, source, product, countIf(stage = 5), countIf(stage = 6), grouping(owner) o, grouping(region) r, grouping(source) s
            from crm.opp where stage >= 5 group by grouping sets ((owner), (region), (source), (product))""",
        cycle="select count(), avg(x), quantilesExactInclusive(0.5, 0.9)(x) from (select dateDiff('second', created, closed) x from crm.opp where stage = 5)",
        won_month="select toStartOfMonth(closed) m, sum(amount) from crm.opp where stage = 5 group by 1 order by 1",
        forecast="select toStartOfMonth(expected) m, sum(amount * prob) from crm.opp where stage < 5 group by 1 order by 1",
        top20="select owner, sum(amount) s from crm.opp where stage = 5 group by 1 order by s desc, owner limit 20",
        dwell="""select from_stage, avg(d), quantileExactInclusive(0.9)(d) from (select from_stage,
            dateDiff('second', lagInFrame(at) over (partition by opp order by at), at) d from crm.hist) where from_stage != 255 group by 1 order by 1""",
        stale=f"select stage, count(), sum(amount) from crm.opp where stage < 5 and changed < toDateTime({STALE}, 'UTC') group by 1 order by 1",
    )
    rows = lambda told: json.loads(str(told))["data"]
    ask = lambda sql: s.query(sql + f" settings max_threads={args.threads}, output_format_json_quote_64bit_integers=0,"
                              "output_format_json_quote_decimals=1", "JSONCompact")
    run = {name: (lambda sql=sql: ask(sql)) for name, sql in q.items()}
    cents = lambda amount: int(round(decimal.Decimal(amount) * 100))
    one_of = lambda row: 0 if row[6] == 0 else 1 if row[7] == 0 else 2 if row[8] == 0 else 3
    shape = dict(
        stage=lambda told: [[stage, n, cents(a)] for stage, n, a in rows(told)],
        funnel=lambda told: [[None if f == 255 else f, t, n] for f, t, n in rows(told)],
        reach=lambda told: masks(rows(told)),
        winrate=lambda told: [[*[row[at] if at == one_of(row) else None for at in range(4)], row[4], row[5]] for row in rows(told)],
        cycle=lambda told: [row for n, mean, of in rows(told) for row in (n, mean, *of)],
        won_month=lambda told: [[m, cents(a)] for m, a in rows(told)],
        forecast=lambda told: [[m, cents(a)] for m, a in rows(told)],
        top20=lambda told: [[o, cents(a)] for o, a in rows(told)],
        dwell=rows,
        stale=lambda told: [[stage, n, cents(a)] for stage, n, a in rows(told)],
    )
    return run, shape


def postgres(data):
    import atexit
    import psycopg
    folder = pathlib.Path(tempfile.mkdtemp(prefix="crm-postgres-"))
    server = pathlib.Path(shutil.which("postgres") or max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))).resolve().parent
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if other:
        shutil.chown(folder, "postgres", "postgres")
    control = [*other, server / "pg_ctl", "-D", folder / "data", "-s", "-w"]

    def end():
        subprocess.run([*control, "stop", "-m", "immediate"], check=False)
        shutil.rmtree(folder)

    atexit.register(end)
    subprocess.run([*other, server / "initdb", "-D", folder / "data", "-A", "trust", "-U", "crm", "--no-sync"], check=True, stdout=subprocess.DEVNULL)
    settings = dict(listen_addresses="''", unix_socket_directories=folder, shared_buffers="2GB", work_mem="512MB", jit="off", fsync="off",
                    max_parallel_workers_per_gather=args.threads - 1, effective_cache_size="8GB", random_page_cost=1.1, TimeZone="UTC")
    subprocess.run([*control, "-l", folder / "log", "-o", " ".join(f"-c {name}={value}" for name, value in settings.items()), "start"], check=True)
    c = psycopg.connect(host=str(folder), user="crm", dbname="postgres", autocommit=True)
    c.execute("""create unlogged table o(id int, owner smallint, region smallint, source smallint, product smallint, stage smallint, prob smallint,
        amount bigint, created bigint, closed bigint, expected bigint, changed bigint)""")
    c.execute("create unlogged table h(opp int, from_stage smallint, to_stage smallint, at bigint)")
    for table, file in (("o", "opp"), ("h", "hist")):
        with open(data / f"{file}.csv", "rb") as source, c.cursor().copy(f"copy {table} from stdin csv header") as into:
            while block := source.read(1 << 20):
                into.write(block)
    at = lambda column: f"(timestamp '1970-01-01' + {column} * interval '1 second') {column}"
    c.execute(f"""create unlogged table opp as select id, owner, region, source, product, stage, prob, (amount / 100.0)::numeric(14,2) amount,
        {at('created')}, {at('closed')}, (timestamp '1970-01-01' + expected * interval '1 second')::date expected, {at('changed')} from o order by id""")
    c.execute(f"create unlogged table hist as select opp, from_stage, to_stage, {at('at')} from h order by opp, at")
    for sql in ("drop table o", "drop table h", "alter table opp add primary key (id)", "create index on opp(stage)", "create index on opp(owner, stage)",
                "create index on opp(closed)", "create index on opp(expected)", "create index on hist(opp, at) include (from_stage, to_stage)",
                "vacuum analyze opp", "vacuum analyze hist"):
        c.execute(sql)
    q = dict(
        stage="select stage, count(*), sum(amount) from opp group by 1 order by 1",
        funnel="select from_stage, to_stage, count(*) from hist group by 1, 2 order by 1, 2",
        reach="select m, count(*) from (select bit_or(1 << to_stage) m from hist group by opp) t group by 1",
        winrate="""select owner, region, source, product, count(*) filter (where stage = 5), count(*) filter (where stage = 6) from opp
            where stage >= 5 group by grouping sets ((owner), (region), (source), (product))""",
        cycle="""select count(*), avg(x), percentile_cont(array[0.5, 0.9]) within group (order by x)
            from (select closed - created x from opp where stage = 5) t""",
        won_month="select date_trunc('month', closed)::date m, sum(amount) from opp where stage = 5 group by 1 order by 1",
        forecast="select date_trunc('month', expected)::date m, sum(amount * prob) from opp where stage < 5 group by 1 order by 1",
        top20="select owner, sum(amount) s from opp where stage = 5 group by 1 order by s desc, owner limit 20",
        dwell="""select from_stage, avg(d), percentile_cont(0.9) within group (order by d) from (select from_stage,
            at - lag(at) over (partition by opp order by at) d from hist) t where from_stage is not null group by 1 order by 1""",
        stale=f"""select stage, count(*), sum(amount) from opp where stage < 5
            and changed < timestamp '1970-01-01' + interval '{STALE} s' group by 1 order by 1""",
    )
    run = {name: (lambda sql=sql: c.execute(sql).fetchall()) for name, sql in q.items()}
    cents = lambda amount: int(round(amount * 100))
    shape = dict(
        stage=lambda rows: [[s, n, cents(a)] for s, n, a in rows],
        reach=masks,
        won_month=lambda rows: [[str(m), cents(a)] for m, a in rows],
        forecast=lambda rows: [[str(m), cents(a)] for m, a in rows],
        top20=lambda rows: [[o, cents(a)] for o, a in rows],
        stale=lambda rows: [[s, n, cents(a)] for s, n, a in rows],
        cycle=lambda rows: [row for n, mean, of in rows for row in (n, *(span.total_seconds() for span in (mean, *of)))],
        dwell=lambda rows: [[stage, mean.total_seconds(), p90.total_seconds()] for stage, mean, p90 in rows],
    )
    return run, shape


def sqlite(data):
    import csv
    import sqlite3
    c = sqlite3.connect(":memory:")
    c.execute("create table opp(id integer primary key,owner int,region int,source int,product int,stage int,prob int,amount int,created int,closed int,expected int,changed int)")
    c.execute("create table hist(id integer primary key,opp int,from_stage int,to_stage int,at int)")
    number = lambda text: int(text) if text else None
    with open(f"{data}/opp.csv") as file:
        rows = csv.reader(file)
        next(rows)
        c.executemany("insert into opp values(" + ",".join("?" * 12) + ")", ([number(x) for x in row] for row in rows))
    with open(f"{data}/hist.csv") as file:
        rows = csv.reader(file)
        next(rows)
        c.executemany("insert into hist(opp,from_stage,to_stage,at) values(?,?,?,?)", ([number(x) for x in row] for row in rows))
    c.executescript("""create index a on opp(stage,amount); create index b on opp(owner,stage); create index d on opp(stage,closed);
        create index e on opp(stage,expected); create index f on opp(stage,changed); create index g on hist(opp,at); create index h on hist(to_stage); analyze""")
    day = lambda column: f"strftime('%Y-%m-01',{column},'unixepoch')"
    rank = lambda share: f"(select closed-created x from opp where stage=5 order by x limit 1 offset (select cast({share}*(count(*)-1) as int) from opp where stage=5))"
    q = dict(
        stage="select stage,count(*),sum(amount) from opp group by 1",
        funnel="select from_stage,to_stage,count(*) from hist group by 1,2",
        reach="select to_stage,count(distinct opp) from hist group by 1",
        winrate=" union all ".join(
            "select " + ",".join(k if k == key else "null" for k in ("owner", "region", "source", "product"))
            + f",sum(stage=5),sum(stage=6) from opp where +stage>=5 group by {key}" for key in ("owner", "region", "source", "product")),
        # Nearest rank instead of interpolation: not compared.
        cycle=f"select count(*),avg(closed-created),{rank(0.5)},{rank(0.9)} from opp where stage=5",
        won_month=f"select {day('closed')},sum(amount) from opp where stage=5 group by 1",
        forecast=f"select {day('expected')},sum(amount*prob) from opp where stage<5 group by 1",
        top20="select owner,sum(amount) s from opp where stage=5 group by 1 order by s desc,owner limit 20",
        dwell="""with d as (select from_stage f, at-lag(at) over(partition by opp order by at) d from hist),
            r as (select f,d,row_number() over(partition by f order by d) i,count(*) over(partition by f) n from d where f is not null)
            select f,avg(d),max(case when i=cast(0.9*(n-1) as int)+1 then d end) from r group by f""",
        stale=f"select stage,count(*),sum(amount) from opp where stage<5 and changed<{STALE} group by 1",
    )
    run = {name: (lambda sql=sql: c.execute(sql).fetchall()) for name, sql in q.items()}
    shape = {name: (lambda rows: [list(row) for row in rows]) for name in q if name not in ("cycle", "dwell")}
    return run, shape


def same(ours, theirs):
    """Whether two answers are equal; averages and percentiles to nine digits, since a peer has them as floats."""
    if isinstance(ours, list) and isinstance(theirs, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) or isinstance(theirs, float):
        return abs(ours - theirs) <= 1e-9 * max(1.0, abs(ours))
    return ours == theirs


def ordered(rows):
    if rows and isinstance(rows[0], (list, tuple)):
        return sorted(([*row] for row in rows), key=lambda row: [(x is not None, x) for x in row])
    return rows


def compare(name, answers, run, shape):
    for query, work in run.items():
        if query == "all at once" or (name == "SQLite" and query not in shape):
            continue
        found = work()
        found = shape[query](found) if query in shape else [list(row) for row in found]
        if query == "winrate":
            keys = ("owner", "region", "source", "product")
            wanted = [[*[key if at == which else None for at in range(4)], won, lost]
                      for which, of in enumerate(keys) for key, won, lost in answers[of]]
        else:
            wanted = answers[query]
        if query != "top20":
            found, wanted = ordered(found), ordered(wanted)
        assert same(wanted, found), f"{name} {query}: {found} is not {wanted}"


def measured(engine, peers):
    """Milliseconds by who and what, one a round."""
    times = {}
    put = lambda who, what, ms: times.setdefault(who, {}).setdefault(what, []).append(ms)
    for _ in range(args.rounds):
        wall, cpu = engine.ask(f"pass {args.threads}")
        put("engine", "pass", wall)
        put("engine", "pass, CPU", cpu)
        put("engine", "pass, 1 thread", engine.ask("pass 1")[0])
        put("engine", "kept counters", engine.ask("kept")[0])
        put("engine", "bandwidth GB/s", engine.ask("band")[0])
        for query, question in QUESTIONS.items():
            put("engine", query, engine.ask(f"ask {question} {args.threads}")[0])
            for name, (run, _) in peers.items():
                begin = time.perf_counter()
                run[query]()
                put(name, query, (time.perf_counter() - begin) * 1e3)
        for name, (run, _) in peers.items():
            put(name, "sum of ten", sum(times[name][query][-1] for query in QUESTIONS))
            if "all at once" in run:
                begin = time.perf_counter()
                run["all at once"]()
                put(name, "all at once", (time.perf_counter() - begin) * 1e3)
    return times


def alone(times, peers):
    """Each question alone, against the fastest peer."""
    print(f"{'alone':12} {'engine':>10} {'best peer':>10}  {'x engine':>8}  of least; of middle")
    for query in QUESTIONS:
        ours = times["engine"][query]
        best, name = min((min(times[name][query]), name) for name in peers)
        middle = min(statistics.median(times[name][query]) for name in peers)
        print(f"{query:12} {min(ours):10.3f} {best:10.3f}  {best / min(ours):8.1f}  {middle / statistics.median(ours):8.1f}  {name}")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        data = pathlib.Path(scratch)
        engine = Engine(data)
        answers = json.loads((data / "answers.json").read_text())
        peers = {f"DuckDB {duckdb.__version__}": duck(data), f"Polars {pl.__version__}": polars(data)}
        if "chdb" in args.also:
            peers["chDB 4.4.0"] = chdb(data)
        if "postgres" in args.also:
            peers["PostgreSQL"] = postgres(data)
        if "sqlite" in args.also:
            peers["SQLite"] = sqlite(data)
        for name, (run, shape) in peers.items():
            compare(name, answers, run, shape)
    print(f"{args.rows} deals, {args.threads} threads, {args.rounds} rounds; all answers equal")
    times = measured(engine, peers)
    for who, of in times.items():
        for what, ms in of.items():
            print(f"{who:16} {what:16} min {min(ms):10.3f}   median {statistics.median(ms):10.3f}")
    alone(times, peers)
    ours = times["engine"]["pass"]
    for name in peers:
        best = min([min(times[name]["sum of ten"]), *times[name].get("all at once", [])])
        middle = statistics.median(times[name]["sum of ten"])
        print(f"{name} / engine: {best / min(ours):.1f} x (least), {middle / statistics.median(ours):.1f} x (median); "
              f"kept: {best / min(times['engine']['kept counters']):.0f} x")


main()
