/* An ERP in C with its stock in the store's file: confirming an order and reserving its goods are one transaction.
 *
 * Linked with libcrm.a, so that there is one SQLite in the process: see docs/c.md, "Inside your own transaction". */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crm.h"

#define CUSTOMER "01890000-0000-7000-8000-000000000001"
#define PRESS "01890000-0000-7000-8000-000000000002"
#define FIRST "01890000-0000-7000-8000-000000000003"
#define SECOND "01890000-0000-7000-8000-000000000004"

/* The stock in ten-thousandths, so that SQL adds it exactly. SQLite refuses to reserve more than there is. */
static const char TABLES[] =
    "CREATE TABLE IF NOT EXISTS erp_stock (product TEXT PRIMARY KEY, on_hand INTEGER NOT NULL,"
    " reserved INTEGER NOT NULL DEFAULT 0, CONSTRAINT not_enough CHECK (reserved <= on_hand)) STRICT;"
    "INSERT OR IGNORE INTO erp_stock (product, on_hand) VALUES ('" PRESS "', 100000)";

/* What a plan moves: the messages that it wrote are rows of the commit that it is about to be, the last of the tenant. */
static const char MOVE[] =
    "WITH moves (product, account, by) AS ("
    " SELECT m.value ->> 'subject', m.value ->> 'account', CAST(round(10000 * (m.value ->> 'by')) AS INTEGER)"
    " FROM outbox_message AS o, json_each(o.moves) AS m"
    " WHERE o.tenant = 1 AND o.seq = (SELECT seq FROM crm_head WHERE tenant = 1)),"
    "moved (product, kept, gone) AS ("
    " SELECT product, sum(iif(account = 'stock.reserved', by, 0)), sum(iif(account = 'stock.issued', by, 0))"
    " FROM moves GROUP BY product)"
    "UPDATE erp_stock SET reserved = reserved + kept, on_hand = on_hand - gone"
    " FROM moved WHERE moved.product = erp_stock.product";

static void failed(crm_error err) {
  fprintf(stderr, "%s\n", crm_error_json(err));
  exit(1);
}

static void call(crm_session session, const char *op, const char *request) {
  crm_buf answer;
  crm_error err;
  if (crm_call(session, crm_zstr(op), crm_zstr(request), NULL, &answer, &err)) failed(err);
  crm_buf_free(&answer);
}

static int run(sqlite3 *db, const char *sql) {
  int status = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (status != SQLITE_OK) printf("refused: %s\n", sqlite3_errmsg(db));
  return status;
}

/* Decides, books and commits; nothing has happened where it gives 1. */
static int decide(sqlite3 *db, crm_session session, const char *op, const char *request) {
  crm_buf sql, answer;
  crm_error err;
  char *text;
  int refused;
  if (run(db, "BEGIN IMMEDIATE")) return 1;
  if (crm_plan_sql(session, crm_zstr(op), crm_zstr(request), NULL, &sql, &answer, &err)) failed(err);
  text = malloc(sql.len + 1);
  if (!text) exit(1);
  memcpy(text, sql.data, sql.len);
  text[sql.len] = 0;
  refused = run(db, text) || run(db, MOVE);
  free(text);
  crm_buf_free(&sql);
  crm_buf_free(&answer);
  if (run(db, refused ? "ROLLBACK" : "COMMIT")) exit(1);
  return refused;
}

static int show(void *what, int columns, char **values, char **names) {
  (void)columns, (void)names;
  printf("%s: %s on hand, %s of them reserved\n", (const char *)what, values[0], values[1]);
  return 0;
}

static void stock(sqlite3 *db, const char *what) {
  const char *sql = "SELECT on_hand / 10000, reserved / 10000 FROM erp_stock";
  sqlite3_exec(db, sql, show, (void *)(size_t)what, NULL);
}

static void draft(crm_session session, const char *id, const char *quantity) {
  char request[400];
  snprintf(request, sizeof request,
           "{\"id\":\"%s\",\"customer\":\"" CUSTOMER "\",\"lines\":[{\"product\":\"" PRESS "\",\"quantity\":\"%s\"}]}", id,
           quantity);
  call(session, "order.create", request);
  snprintf(request, sizeof request, "{\"id\":\"%s\"}", id);
  call(session, "order.request_review", request);
}

int main(int argc, char **argv) {
  crm_options options = CRM_OPTIONS_INIT;
  crm_engine engine;
  crm_session session;
  crm_error err;
  sqlite3 *db;
  char uri[1024];
  if (argc < 2) return 2;
  snprintf(uri, sizeof uri, "sqlite:%s", argv[1]);
  options.uri = crm_zstr(uri);
  if (crm_open(&options, &engine, &err)) failed(err);
  if (crm_session_open(engine, 1, crm_zstr("owner"), crm_zstr("sales"), &session, &err)) failed(err);
  call(session, "customer.create", "{\"id\":\"" CUSTOMER "\",\"name\":\"Northwind\"}");
  call(session, "product.create",
       "{\"id\":\"" PRESS "\",\"code\":\"P-1\",\"name\":\"Press\",\"price\":{\"amount\":\"999.95\",\"currency\":\"CNY\"}}");
  draft(session, FIRST, "7");
  draft(session, SECOND, "4");
  if (sqlite3_open(argv[1], &db) || run(db, TABLES)) return 1;
  sqlite3_busy_timeout(db, 30000);

  printf("first: %s\n", decide(db, session, "order.confirm", "{\"id\":\"" FIRST "\"}") ? "short" : "confirmed");
  stock(db, "after the first");
  printf("second: %s\n", decide(db, session, "order.confirm", "{\"id\":\"" SECOND "\"}") ? "short" : "confirmed");
  stock(db, "after the second");
  if (decide(db, session, "order.cancel", "{\"id\":\"" FIRST "\",\"reason\":\"x\"}")) return 1;
  printf("second: %s\n", decide(db, session, "order.confirm", "{\"id\":\"" SECOND "\"}") ? "short" : "confirmed");
  stock(db, "in the end");

  sqlite3_close(db);
  crm_session_close(session);
  crm_close(engine);
  return crm_live_objects() == 0 ? 0 : 1;
}
