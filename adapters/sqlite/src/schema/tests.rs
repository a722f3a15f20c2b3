//! A file of an older version grows; what ships is held still.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crm_core::record::FieldId;

/// The metadata of a kind, changed.
fn changed(def: &KindDef, change: impl FnOnce(&mut KindDef)) -> &'static KindDef {
    let (fields, indexes) = (def.fields.clone(), def.indexes.clone());
    let mut new = KindDef { fields, indexes, ..*def };
    change(&mut new);
    Box::leak(Box::new(new))
}

/// The kind of seals, which every version has.
fn seal() -> &'static KindDef {
    store::def(crm_core::record::Kind::Seal).unwrap()
}

fn shape(conn: &Connection) -> Vec<(String, String)> {
    let mut stmt = conn
        .prepare(
            "SELECT name, type FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
        )
        .unwrap();
    let rows = stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_ships_is_schema_sql() {
    let parts = parts(&stored_kinds());
    let text: String = parts.iter().map(|part| format!("{};\n\n", part.sql)).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.sql");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let shipped = std::fs::read_to_string(path).unwrap();
    assert!(
        shipped == text,
        "schema.sql is not what is made: run with UPDATE_EXPECT=1 and look at the difference"
    );
}

#[test]
fn every_indexed_column_is_required() {
    for def in stored_kinds() {
        for col in def.indexes.iter().flat_map(|index| &index.cols) {
            let required =
                *col == FieldId::SEQ || def.field(*col).is_some_and(|field| field.required);
            assert!(required, "{}: column {col:?} of a listing may be null", def.name);
        }
    }
}

#[test]
fn an_older_file_gains_columns_indexes_tables_and_views() {
    let old = changed(seal(), |def| {
        def.fields.truncate(3);
        def.indexes.truncate(0);
    });
    let conn = Connection::open_in_memory().unwrap();
    assert_eq!(migrate(&conn, None, &[old]).unwrap(), Access::Write);
    conn.execute_batch(
        "INSERT INTO seal (tenant, id, seq, version, deleted, ext, ordinal, through, facts)
         VALUES (1, zeroblob(16), 1, 1, 0, '{}', 5, 6, 7)",
    )
    .unwrap();
    let all = stored_kinds();
    let lacking = plan(&conn, &all).unwrap();
    assert!(lacking.iter().any(|step| step.component.starts_with("column seal.")), "{lacking:?}");
    assert_eq!(migrate(&conn, None, &all).unwrap(), Access::Write);
    assert_eq!(plan(&conn, &all).unwrap(), Vec::new());
    let fresh = Connection::open_in_memory().unwrap();
    migrate(&fresh, None, &all).unwrap();
    assert_eq!(shape(&conn), shape(&fresh));
    let (ordinal, chain): (i64, Vec<u8>) = conn
        .query_row("SELECT ordinal, chain FROM seal", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!((ordinal, chain), (5, Vec::new()));
    assert_eq!(migrate(&conn, None, &all).unwrap(), Access::Write, "again, and nothing happens");
}

#[test]
fn an_older_version_opens_a_newer_file_and_changes_nothing() {
    let old = changed(seal(), |def| def.fields.truncate(3));
    let conn = Connection::open_in_memory().unwrap();
    migrate(&conn, None, &stored_kinds()).unwrap();
    let before = shape(&conn);
    assert_eq!(access(&conn).unwrap().map(|(access, _)| access), Some(Access::Write));
    assert_eq!(plan(&conn, &[old]).unwrap(), Vec::new());
    assert_eq!(migrate(&conn, None, &[old]).unwrap(), Access::Write);
    assert_eq!(shape(&conn), before);
}

#[test]
fn a_closed_set_that_grew_lets_its_new_code_in() {
    let with_codes = |codes: &'static [&'static str]| {
        changed(seal(), |def| {
            def.fields[1].ty = ColumnType::Code;
            def.fields[1].codes = codes;
        })
    };
    let insert = |conn: &Connection, n: u8, code: &str| {
        let sql = "INSERT INTO seal (tenant, id, seq, version, deleted, ext, ordinal, through, facts, previous, chain, sealed_at)
                   VALUES (1, ?1, 1, 1, 0, '{}', ?2, ?3, 0, x'', x'', 0)";
        conn.execute(sql, params![vec![n; 16], n, code])
    };
    let conn = Connection::open_in_memory().unwrap();
    migrate(&conn, None, &[with_codes(&["a", "b"])]).unwrap();
    insert(&conn, 1, "a").unwrap();
    insert(&conn, 2, "c").unwrap_err();
    migrate(&conn, None, &[with_codes(&["a", "b", "c"])]).unwrap();
    insert(&conn, 2, "c").unwrap();
    insert(&conn, 3, "d").unwrap_err();
    let rows: i64 =
        conn.query_row("SELECT COUNT(*) FROM crm_v_seal", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
    let unique = insert(&conn, 2, "a");
    assert!(unique.is_err(), "the indexes are there again");
    assert_eq!(plan(&conn, &[with_codes(&["a", "b", "c"])]).unwrap(), Vec::new());
}

#[test]
fn a_copy_is_put_beside_a_file_before_it_grows() {
    let dir = std::env::temp_dir().join(format!("crm-grow-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("crm.db");
    let conn = Connection::open(&path).unwrap();
    let files = || std::fs::read_dir(&dir).unwrap().count();
    migrate(&conn, Some(&path), &[seal()]).unwrap();
    assert_eq!(files(), 1, "a new file needs no copy");
    migrate(&conn, Some(&path), &stored_kinds()).unwrap();
    assert_eq!(files(), 2);
    let copy = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let copy = copy.into_iter().find(|file| file.to_string_lossy().contains(".before-")).unwrap();
    let copy = Connection::open(copy).unwrap();
    assert!(recorded(&copy).unwrap().contains_key("table seal"));
    assert!(!recorded(&copy).unwrap().contains_key("table fact"));
    std::fs::remove_dir_all(&dir).unwrap();
}
