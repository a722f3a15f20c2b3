CREATE TABLE crm_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL, min_reader INTEGER NOT NULL, min_writer INTEGER NOT NULL, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE crm_head (tenant INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, trimmed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE TABLE crm_journal (tenant INTEGER NOT NULL, seq INTEGER NOT NULL, line INTEGER NOT NULL, commit_id BLOB NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, purged INTEGER NOT NULL, PRIMARY KEY (tenant, seq, line)) STRICT, WITHOUT ROWID;

CREATE TABLE crm_commit (tenant INTEGER NOT NULL, commit_id BLOB NOT NULL, seq INTEGER NOT NULL, digest INTEGER NOT NULL, PRIMARY KEY (tenant, commit_id)) STRICT, WITHOUT ROWID;

CREATE TABLE "settings" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "zone" TEXT NOT NULL,
  "base_currency" TEXT NOT NULL,
  "locale" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW "crm_v_settings" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "zone",
  "base_currency",
  "locale",
  ext
FROM "settings" WHERE deleted = 0;

CREATE TABLE "user" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "login" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL CHECK ("role" IN ('owner', 'manager', 'rep', 'marketing', 'service', 'finance', 'viewer', 'integration')),
  "team" BLOB NOT NULL,
  "manager" BLOB NOT NULL,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "user_by_login" ON "user" (tenant, "login", id);

CREATE UNIQUE INDEX IF NOT EXISTS "user_by_login_unique" ON "user" (tenant, "login") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "user_by_team" ON "user" (tenant, "team", id);

CREATE VIEW "crm_v_user" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "login",
  "name",
  "role",
  CASE WHEN "team" <> zeroblob(16) THEN substr(lower(hex("team")), 1, 8) || '-' || substr(lower(hex("team")), 9, 4) || '-' || substr(lower(hex("team")), 13, 4) || '-' || substr(lower(hex("team")), 17, 4) || '-' || substr(lower(hex("team")), 21, 12) END AS "team",
  CASE WHEN "manager" <> zeroblob(16) THEN substr(lower(hex("manager")), 1, 8) || '-' || substr(lower(hex("manager")), 9, 4) || '-' || substr(lower(hex("manager")), 13, 4) || '-' || substr(lower(hex("manager")), 17, 4) || '-' || substr(lower(hex("manager")), 21, 12) END AS "manager",
  "active",
  ext
FROM "user" WHERE deleted = 0;

CREATE TABLE "team" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "region" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "team_by_name" ON "team" (tenant, "name", id);

CREATE UNIQUE INDEX IF NOT EXISTS "team_by_name_unique" ON "team" (tenant, "name") WHERE deleted = 0;

CREATE VIEW "crm_v_team" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "region",
  ext
FROM "team" WHERE deleted = 0;

CREATE TABLE "calendar" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "hours" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "calendar_by_code" ON "calendar" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "calendar_by_code_unique" ON "calendar" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_calendar" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "hours",
  ext
FROM "calendar" WHERE deleted = 0;

CREATE TABLE "term" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "scheme" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "zh" TEXT NOT NULL,
  "en" TEXT,
  "active" INTEGER NOT NULL,
  "replaced_by" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "term_by_code" ON "term" (tenant, "scheme", "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "term_by_code_unique" ON "term" (tenant, "scheme", "code") WHERE deleted = 0;

CREATE VIEW "crm_v_term" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "scheme",
  "code",
  "zh",
  "en",
  "active",
  "replaced_by",
  ext
FROM "term" WHERE deleted = 0;

CREATE TABLE "source_key" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "entity" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "target" BLOB NOT NULL,
  "place" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "source_key_by_target" ON "source_key" (tenant, "target", id);

CREATE INDEX IF NOT EXISTS "source_key_by_source" ON "source_key" (tenant, "source", "entity", "key", id);

CREATE VIEW "crm_v_source_key" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "source",
  "entity",
  "key",
  CASE WHEN "target" <> zeroblob(16) THEN substr(lower(hex("target")), 1, 8) || '-' || substr(lower(hex("target")), 9, 4) || '-' || substr(lower(hex("target")), 13, 4) || '-' || substr(lower(hex("target")), 17, 4) || '-' || substr(lower(hex("target")), 21, 12) END AS "target",
  "place",
  ext
FROM "source_key" WHERE deleted = 0;

CREATE TABLE "customer" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer_type" TEXT NOT NULL CHECK ("customer_type" IN ('business', 'personal')),
  "name" TEXT NOT NULL,
  "industry" TEXT,
  "size" TEXT,
  "source" TEXT,
  "region" TEXT,
  "owner" BLOB NOT NULL,
  "birthday" TEXT,
  "note" TEXT,
  "status" TEXT NOT NULL CHECK ("status" IN ('active', 'archived')),
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "customer_by_name" ON "customer" (tenant, "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_owner" ON "customer" (tenant, "owner", "name", id);

CREATE VIEW "crm_v_customer" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "customer_type",
  "name",
  "industry",
  "size",
  "source",
  "region",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "birthday",
  "note",
  "status",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "customer" WHERE deleted = 0;

CREATE TABLE "product" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "category" TEXT,
  "unit" TEXT,
  "price_amount" TEXT,
  "price_currency" TEXT,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "product_by_code" ON "product" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "product_by_code_unique" ON "product" (tenant, "code") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "product_by_name" ON "product" (tenant, "name", id);

CREATE VIEW "crm_v_product" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "category",
  "unit",
  "price_amount",
  "price_currency",
  "active",
  ext
FROM "product" WHERE deleted = 0;

CREATE TABLE "pipeline" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "active" INTEGER NOT NULL,
  "is_default" INTEGER NOT NULL,
  "customer_type" TEXT CHECK ("customer_type" IN ('business', 'personal')),
  "allow_skip" INTEGER NOT NULL,
  "allow_back" INTEGER NOT NULL,
  "back_clock" TEXT NOT NULL CHECK ("back_clock" IN ('restart', 'accumulate')),
  "reopen_to" TEXT,
  "dormant_after_days" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "pipeline_by_name" ON "pipeline" (tenant, "name", id);

CREATE UNIQUE INDEX IF NOT EXISTS "pipeline_by_name_unique" ON "pipeline" (tenant, "name") WHERE deleted = 0;

CREATE VIEW "crm_v_pipeline" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "revision",
  "active",
  "is_default",
  "customer_type",
  "allow_skip",
  "allow_back",
  "back_clock",
  "reopen_to",
  "dormant_after_days",
  ext
FROM "pipeline" WHERE deleted = 0;

CREATE TABLE "stage" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "pipeline" BLOB NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('open', 'won', 'lost')),
  "probability_basis_points" INTEGER NOT NULL,
  "entry" TEXT NOT NULL,
  "exit" TEXT NOT NULL,
  "next" TEXT,
  "limit" TEXT,
  "guide" TEXT,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "stage_by_pipeline" ON "stage" (tenant, "pipeline", "position", id);

CREATE VIEW "crm_v_stage" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "pipeline" <> zeroblob(16) THEN substr(lower(hex("pipeline")), 1, 8) || '-' || substr(lower(hex("pipeline")), 9, 4) || '-' || substr(lower(hex("pipeline")), 13, 4) || '-' || substr(lower(hex("pipeline")), 17, 4) || '-' || substr(lower(hex("pipeline")), 21, 12) END AS "pipeline",
  "code",
  "name",
  "position",
  "kind",
  "probability_basis_points",
  "entry",
  "exit",
  "next",
  "limit",
  "guide",
  "active",
  ext
FROM "stage" WHERE deleted = 0;

CREATE TABLE "timer" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "due_at" INTEGER NOT NULL,
  "code" TEXT NOT NULL CHECK ("code" IN ('stage.warn', 'stage.breach', 'stage.escalate', 'activity.remind', 'activity.overdue')),
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "timer_by_due" ON "timer" (tenant, "due_at", id);

CREATE INDEX IF NOT EXISTS "timer_by_subject" ON "timer" (tenant, "subject", "code", id);

CREATE VIEW "crm_v_timer" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  strftime('%Y-%m-%dT%H:%M:%S', ("due_at" - (("due_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("due_at" % 1000000 + 1000000) % 1000000)) AS "due_at",
  "code",
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  ext
FROM "timer" WHERE deleted = 0;

CREATE TABLE "notice" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "recipient" BLOB NOT NULL,
  "code" TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "due_at" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "delivered" TEXT,
  "snoozed_until" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "notice_by_recipient" ON "notice" (tenant, "recipient", "due_at", id);

CREATE INDEX IF NOT EXISTS "notice_by_due" ON "notice" (tenant, "due_at", id);

CREATE VIEW "crm_v_notice" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "recipient" <> zeroblob(16) THEN substr(lower(hex("recipient")), 1, 8) || '-' || substr(lower(hex("recipient")), 9, 4) || '-' || substr(lower(hex("recipient")), 13, 4) || '-' || substr(lower(hex("recipient")), 17, 4) || '-' || substr(lower(hex("recipient")), 21, 12) END AS "recipient",
  "code",
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  strftime('%Y-%m-%dT%H:%M:%S', ("due_at" - (("due_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("due_at" % 1000000 + 1000000) % 1000000)) AS "due_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  "delivered",
  strftime('%Y-%m-%dT%H:%M:%S', ("snoozed_until" - (("snoozed_until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("snoozed_until" % 1000000 + 1000000) % 1000000)) AS "snoozed_until",
  ext
FROM "notice" WHERE deleted = 0;

CREATE TABLE "receipt" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "digest" BLOB NOT NULL,
  "response" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "receipt_by_at" ON "receipt" (tenant, "at", id);

CREATE VIEW "crm_v_receipt" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "digest",
  "response",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "receipt" WHERE deleted = 0;

CREATE TABLE "fact" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "operation" TEXT NOT NULL,
  "actor" BLOB NOT NULL,
  "purpose" TEXT NOT NULL,
  "happened_at" INTEGER NOT NULL,
  "recorded_at" INTEGER NOT NULL,
  "rules" TEXT,
  "changes" TEXT NOT NULL,
  "source" TEXT,
  "root" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "fact_by_seq" ON "fact" (tenant, seq, id);

CREATE INDEX IF NOT EXISTS "fact_by_subject" ON "fact" (tenant, "subject", seq, id);

CREATE INDEX IF NOT EXISTS "fact_by_operation" ON "fact" (tenant, "operation", seq, id);

CREATE VIEW "crm_v_fact" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "operation",
  CASE WHEN "actor" <> zeroblob(16) THEN substr(lower(hex("actor")), 1, 8) || '-' || substr(lower(hex("actor")), 9, 4) || '-' || substr(lower(hex("actor")), 13, 4) || '-' || substr(lower(hex("actor")), 17, 4) || '-' || substr(lower(hex("actor")), 21, 12) END AS "actor",
  "purpose",
  strftime('%Y-%m-%dT%H:%M:%S', ("happened_at" - (("happened_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("happened_at" % 1000000 + 1000000) % 1000000)) AS "happened_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("recorded_at" - (("recorded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("recorded_at" % 1000000 + 1000000) % 1000000)) AS "recorded_at",
  "rules",
  "changes",
  "source",
  "root",
  ext
FROM "fact" WHERE deleted = 0;

CREATE TABLE "fact_secret" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "fact" BLOB NOT NULL,
  "person" BLOB NOT NULL,
  "values" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "fact_secret_by_fact" ON "fact_secret" (tenant, "fact", id);

CREATE INDEX IF NOT EXISTS "fact_secret_by_person" ON "fact_secret" (tenant, "person", id);

CREATE VIEW "crm_v_fact_secret" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "fact" <> zeroblob(16) THEN substr(lower(hex("fact")), 1, 8) || '-' || substr(lower(hex("fact")), 9, 4) || '-' || substr(lower(hex("fact")), 13, 4) || '-' || substr(lower(hex("fact")), 17, 4) || '-' || substr(lower(hex("fact")), 21, 12) END AS "fact",
  CASE WHEN "person" <> zeroblob(16) THEN substr(lower(hex("person")), 1, 8) || '-' || substr(lower(hex("person")), 9, 4) || '-' || substr(lower(hex("person")), 13, 4) || '-' || substr(lower(hex("person")), 17, 4) || '-' || substr(lower(hex("person")), 21, 12) END AS "person",
  "values",
  ext
FROM "fact_secret" WHERE deleted = 0;

CREATE TABLE "seal" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "through" INTEGER NOT NULL,
  "facts" INTEGER NOT NULL,
  "previous" BLOB NOT NULL,
  "chain" BLOB NOT NULL,
  "sealed_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "seal_by_ordinal" ON "seal" (tenant, "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "seal_by_ordinal_unique" ON "seal" (tenant, "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_seal" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "ordinal",
  "through",
  "facts",
  "previous",
  "chain",
  strftime('%Y-%m-%dT%H:%M:%S', ("sealed_at" - (("sealed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("sealed_at" % 1000000 + 1000000) % 1000000)) AS "sealed_at",
  ext
FROM "seal" WHERE deleted = 0;

