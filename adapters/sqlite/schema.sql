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
  "undo_days" INTEGER,
  "quiet_calendar" TEXT,
  "contact_window_days" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW "crm_v_settings" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "zone",
  "base_currency",
  "locale",
  "undo_days",
  "quiet_calendar",
  "contact_window_days",
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
  "skills" TEXT,
  "capacity" INTEGER,
  "calendar" TEXT,
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
  "skills",
  "capacity",
  "calendar",
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

CREATE TABLE "custom_field" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "entity" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "label" TEXT NOT NULL,
  "field_type" TEXT NOT NULL CHECK ("field_type" IN ('bool', 'int', 'decimal', 'text', 'code', 'date', 'instant', 'link')),
  "required" INTEGER NOT NULL,
  "choices" TEXT NOT NULL,
  "min" TEXT,
  "max" TEXT,
  "max_chars" INTEGER,
  "indexed" INTEGER NOT NULL,
  "references" TEXT,
  "purpose" TEXT,
  "retention_days" INTEGER,
  "active" INTEGER NOT NULL,
  "identifier" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "custom_field_by_code" ON "custom_field" (tenant, "entity", "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "custom_field_by_code_unique" ON "custom_field" (tenant, "entity", "code") WHERE deleted = 0;

CREATE VIEW "crm_v_custom_field" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "entity",
  "code",
  "label",
  "field_type",
  "required",
  "choices",
  "min",
  "max",
  "max_chars",
  "indexed",
  "references",
  "purpose",
  "retention_days",
  "active",
  "identifier",
  ext
FROM "custom_field" WHERE deleted = 0;

CREATE TABLE "custom_index" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "field" BLOB NOT NULL,
  "value" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "custom_index_by_value" ON "custom_index" (tenant, "field", "value", "subject", id);

CREATE VIEW "crm_v_custom_index" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "field" <> zeroblob(16) THEN substr(lower(hex("field")), 1, 8) || '-' || substr(lower(hex("field")), 9, 4) || '-' || substr(lower(hex("field")), 13, 4) || '-' || substr(lower(hex("field")), 17, 4) || '-' || substr(lower(hex("field")), 21, 12) END AS "field",
  "value",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  ext
FROM "custom_index" WHERE deleted = 0;

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
  "website" TEXT,
  "credit_code" TEXT,
  "parent" BLOB NOT NULL,
  "primary_contact" BLOB NOT NULL,
  "merged_into" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "customer_by_name" ON "customer" (tenant, "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_owner" ON "customer" (tenant, "owner", "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_parent" ON "customer" (tenant, "parent", "name", id);

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
  "website",
  "credit_code",
  CASE WHEN "parent" <> zeroblob(16) THEN substr(lower(hex("parent")), 1, 8) || '-' || substr(lower(hex("parent")), 9, 4) || '-' || substr(lower(hex("parent")), 13, 4) || '-' || substr(lower(hex("parent")), 17, 4) || '-' || substr(lower(hex("parent")), 21, 12) END AS "parent",
  CASE WHEN "primary_contact" <> zeroblob(16) THEN substr(lower(hex("primary_contact")), 1, 8) || '-' || substr(lower(hex("primary_contact")), 9, 4) || '-' || substr(lower(hex("primary_contact")), 13, 4) || '-' || substr(lower(hex("primary_contact")), 17, 4) || '-' || substr(lower(hex("primary_contact")), 21, 12) END AS "primary_contact",
  CASE WHEN "merged_into" <> zeroblob(16) THEN substr(lower(hex("merged_into")), 1, 8) || '-' || substr(lower(hex("merged_into")), 9, 4) || '-' || substr(lower(hex("merged_into")), 13, 4) || '-' || substr(lower(hex("merged_into")), 17, 4) || '-' || substr(lower(hex("merged_into")), 21, 12) END AS "merged_into",
  ext
FROM "customer" WHERE deleted = 0;

CREATE TABLE "contact" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "title" TEXT,
  "department" TEXT,
  "role" TEXT,
  "birthday" TEXT,
  "note" TEXT,
  "created_at" INTEGER NOT NULL,
  "merged_into" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "contact_by_customer" ON "contact" (tenant, "customer", "name", id);

CREATE INDEX IF NOT EXISTS "contact_by_name" ON "contact" (tenant, "name", id);

CREATE VIEW "crm_v_contact" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "name",
  "title",
  "department",
  "role",
  "birthday",
  "note",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  CASE WHEN "merged_into" <> zeroblob(16) THEN substr(lower(hex("merged_into")), 1, 8) || '-' || substr(lower(hex("merged_into")), 9, 4) || '-' || substr(lower(hex("merged_into")), 13, 4) || '-' || substr(lower(hex("merged_into")), 17, 4) || '-' || substr(lower(hex("merged_into")), 21, 12) END AS "merged_into",
  ext
FROM "contact" WHERE deleted = 0;

CREATE TABLE "contact_point" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "owner_kind" TEXT NOT NULL CHECK ("owner_kind" IN ('customer', 'contact', 'lead')),
  "owner" BLOB NOT NULL,
  "medium" TEXT NOT NULL CHECK ("medium" IN ('phone', 'email', 'social', 'url')),
  "raw" TEXT NOT NULL,
  "normal" TEXT NOT NULL,
  "country" TEXT,
  "network" TEXT,
  "label" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "contact_point_by_owner" ON "contact_point" (tenant, "owner", "medium", "normal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "contact_point_by_owner_unique" ON "contact_point" (tenant, "owner", "medium", "normal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "contact_point_by_normal" ON "contact_point" (tenant, "medium", "normal", id);

CREATE VIEW "crm_v_contact_point" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "owner_kind",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "medium",
  "raw",
  "normal",
  "country",
  "network",
  "label",
  ext
FROM "contact_point" WHERE deleted = 0;

CREATE TABLE "address" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "is_default" INTEGER NOT NULL,
  "region_known" INTEGER NOT NULL,
  "postal_use" TEXT NOT NULL,
  "postal_country" TEXT NOT NULL,
  "postal_region_code" TEXT,
  "postal_region" TEXT,
  "postal_city" TEXT,
  "postal_district" TEXT,
  "postal_street" TEXT,
  "postal_code" TEXT,
  "postal_latitude" TEXT,
  "postal_longitude" TEXT,
  "postal_recipient" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "address_by_customer" ON "address" (tenant, "customer", id);

CREATE VIEW "crm_v_address" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "is_default",
  "region_known",
  "postal_use",
  "postal_country",
  "postal_region_code",
  "postal_region",
  "postal_city",
  "postal_district",
  "postal_street",
  "postal_code",
  "postal_latitude",
  "postal_longitude",
  "postal_recipient",
  ext
FROM "address" WHERE deleted = 0;

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
  "calendar" TEXT,
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
  "calendar",
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
  "tasks" TEXT,
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
  "tasks",
  ext
FROM "stage" WHERE deleted = 0;

CREATE TABLE "opportunity" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "pipeline" BLOB NOT NULL,
  "phase" TEXT NOT NULL CHECK ("phase" IN ('open', 'won', 'lost')),
  "phase_stage" BLOB NOT NULL,
  "phase_closed_at" INTEGER,
  "phase_loss_reason" TEXT,
  "phase_loss_note" TEXT,
  "amount_minor" INTEGER,
  "amount_currency" TEXT,
  "amount_basis" TEXT NOT NULL CHECK ("amount_basis" IN ('entered', 'lines')),
  "expected_close" TEXT,
  "source" TEXT,
  "region" TEXT,
  "need" TEXT,
  "competitor" TEXT,
  "probability_override_basis_points" INTEGER,
  "probability_override_reason" TEXT,
  "stage_entered_at" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "touched_at" INTEGER NOT NULL,
  "has_history" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "opportunity_by_customer" ON "opportunity" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "opportunity_by_owner" ON "opportunity" (tenant, "owner", "phase", "created_at", id);

CREATE INDEX IF NOT EXISTS "opportunity_by_stage" ON "opportunity" (tenant, "phase_stage", "phase", id);

CREATE INDEX IF NOT EXISTS "opportunity_by_pipeline" ON "opportunity" (tenant, "pipeline", "phase", "created_at", id);

CREATE INDEX IF NOT EXISTS "opportunity_by_phase" ON "opportunity" (tenant, "phase", "created_at", id);

CREATE INDEX IF NOT EXISTS "opportunity_by_contact" ON "opportunity" (tenant, "contact", "created_at", id);

CREATE VIEW "crm_v_opportunity" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "pipeline" <> zeroblob(16) THEN substr(lower(hex("pipeline")), 1, 8) || '-' || substr(lower(hex("pipeline")), 9, 4) || '-' || substr(lower(hex("pipeline")), 13, 4) || '-' || substr(lower(hex("pipeline")), 17, 4) || '-' || substr(lower(hex("pipeline")), 21, 12) END AS "pipeline",
  "phase",
  CASE WHEN "phase_stage" <> zeroblob(16) THEN substr(lower(hex("phase_stage")), 1, 8) || '-' || substr(lower(hex("phase_stage")), 9, 4) || '-' || substr(lower(hex("phase_stage")), 13, 4) || '-' || substr(lower(hex("phase_stage")), 17, 4) || '-' || substr(lower(hex("phase_stage")), 21, 12) END AS "phase_stage",
  strftime('%Y-%m-%dT%H:%M:%S', ("phase_closed_at" - (("phase_closed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("phase_closed_at" % 1000000 + 1000000) % 1000000)) AS "phase_closed_at",
  "phase_loss_reason",
  "phase_loss_note",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "amount_basis",
  "expected_close",
  "source",
  "region",
  "need",
  "competitor",
  "probability_override_basis_points",
  "probability_override_reason",
  strftime('%Y-%m-%dT%H:%M:%S', ("stage_entered_at" - (("stage_entered_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("stage_entered_at" % 1000000 + 1000000) % 1000000)) AS "stage_entered_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("touched_at" - (("touched_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("touched_at" % 1000000 + 1000000) % 1000000)) AS "touched_at",
  "has_history",
  ext
FROM "opportunity" WHERE deleted = 0;

CREATE TABLE "opportunity_line" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "product" BLOB NOT NULL,
  "quantity" TEXT NOT NULL,
  "unit_price_amount" TEXT NOT NULL,
  "unit_price_currency" TEXT NOT NULL,
  "discount" TEXT NOT NULL,
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "opportunity_line_by_opportunity" ON "opportunity_line" (tenant, "opportunity", "ordinal", id);

CREATE INDEX IF NOT EXISTS "opportunity_line_by_product" ON "opportunity_line" (tenant, "product", id);

CREATE VIEW "crm_v_opportunity_line" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "ordinal",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "quantity",
  "unit_price_amount",
  "unit_price_currency",
  "discount",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  ext
FROM "opportunity_line" WHERE deleted = 0;

CREATE TABLE "stage_move" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('create', 'forward', 'skip', 'back', 'won', 'lost', 'reopen', 'pipeline')),
  "from" BLOB NOT NULL,
  "to" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "override_reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "stage_move_by_opportunity" ON "stage_move" (tenant, "opportunity", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "stage_move_by_opportunity_unique" ON "stage_move" (tenant, "opportunity", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "stage_move_by_at" ON "stage_move" (tenant, "at", id);

CREATE VIEW "crm_v_stage_move" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "ordinal",
  "kind",
  CASE WHEN "from" <> zeroblob(16) THEN substr(lower(hex("from")), 1, 8) || '-' || substr(lower(hex("from")), 9, 4) || '-' || substr(lower(hex("from")), 13, 4) || '-' || substr(lower(hex("from")), 17, 4) || '-' || substr(lower(hex("from")), 21, 12) END AS "from",
  CASE WHEN "to" <> zeroblob(16) THEN substr(lower(hex("to")), 1, 8) || '-' || substr(lower(hex("to")), 9, 4) || '-' || substr(lower(hex("to")), 13, 4) || '-' || substr(lower(hex("to")), 17, 4) || '-' || substr(lower(hex("to")), 21, 12) END AS "to",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "override_reason",
  ext
FROM "stage_move" WHERE deleted = 0;

CREATE TABLE "evidence" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('checklist', 'document', 'approval')),
  "code" TEXT NOT NULL,
  "stage" BLOB NOT NULL,
  "document" TEXT,
  "hash" TEXT,
  "media_type" TEXT,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "evidence_by_opportunity" ON "evidence" (tenant, "opportunity", "kind", "code", id);

CREATE VIEW "crm_v_evidence" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "kind",
  "code",
  CASE WHEN "stage" <> zeroblob(16) THEN substr(lower(hex("stage")), 1, 8) || '-' || substr(lower(hex("stage")), 9, 4) || '-' || substr(lower(hex("stage")), 13, 4) || '-' || substr(lower(hex("stage")), 17, 4) || '-' || substr(lower(hex("stage")), 21, 12) END AS "stage",
  "document",
  "hash",
  "media_type",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "evidence" WHERE deleted = 0;

CREATE TABLE "activity" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('call', 'visit', 'email', 'meeting', 'task', 'message', 'note')),
  "status" TEXT NOT NULL CHECK ("status" IN ('planned', 'done', 'cancelled')),
  "at" INTEGER NOT NULL,
  "entered_at" INTEGER NOT NULL,
  "ends_at" INTEGER,
  "due_at" INTEGER,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "lead" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "subject" TEXT,
  "content" TEXT,
  "place" TEXT,
  "feedback" TEXT,
  "outcome" TEXT CHECK ("outcome" IN ('reached', 'missed', 'bounced')),
  "direction" TEXT CHECK ("direction" IN ('out', 'in')),
  "message_id" TEXT,
  "thread" BLOB NOT NULL,
  "follows" BLOB NOT NULL,
  "remind_minutes" INTEGER,
  "cancel_reason" TEXT,
  "correction" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "activity_by_customer" ON "activity" (tenant, "customer", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_opportunity" ON "activity" (tenant, "opportunity", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_author" ON "activity" (tenant, "author", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_owner" ON "activity" (tenant, "owner", "status", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_lead" ON "activity" (tenant, "lead", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_thread" ON "activity" (tenant, "thread", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_kind" ON "activity" (tenant, "kind", "at", id);

CREATE INDEX IF NOT EXISTS "activity_by_contact" ON "activity" (tenant, "contact", "at", id);

CREATE VIEW "crm_v_activity" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "kind",
  "status",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  strftime('%Y-%m-%dT%H:%M:%S', ("entered_at" - (("entered_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("entered_at" % 1000000 + 1000000) % 1000000)) AS "entered_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("ends_at" - (("ends_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("ends_at" % 1000000 + 1000000) % 1000000)) AS "ends_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("due_at" - (("due_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("due_at" % 1000000 + 1000000) % 1000000)) AS "due_at",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "lead" <> zeroblob(16) THEN substr(lower(hex("lead")), 1, 8) || '-' || substr(lower(hex("lead")), 9, 4) || '-' || substr(lower(hex("lead")), 13, 4) || '-' || substr(lower(hex("lead")), 17, 4) || '-' || substr(lower(hex("lead")), 21, 12) END AS "lead",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "subject",
  "content",
  "place",
  "feedback",
  "outcome",
  "direction",
  "message_id",
  CASE WHEN "thread" <> zeroblob(16) THEN substr(lower(hex("thread")), 1, 8) || '-' || substr(lower(hex("thread")), 9, 4) || '-' || substr(lower(hex("thread")), 13, 4) || '-' || substr(lower(hex("thread")), 17, 4) || '-' || substr(lower(hex("thread")), 21, 12) END AS "thread",
  CASE WHEN "follows" <> zeroblob(16) THEN substr(lower(hex("follows")), 1, 8) || '-' || substr(lower(hex("follows")), 9, 4) || '-' || substr(lower(hex("follows")), 13, 4) || '-' || substr(lower(hex("follows")), 17, 4) || '-' || substr(lower(hex("follows")), 21, 12) END AS "follows",
  "remind_minutes",
  "cancel_reason",
  "correction",
  ext
FROM "activity" WHERE deleted = 0;

CREATE TABLE "participant" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "activity" BLOB NOT NULL,
  "ours" INTEGER NOT NULL,
  "user" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "name" TEXT,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "participant_by_activity" ON "participant" (tenant, "activity", id);

CREATE INDEX IF NOT EXISTS "participant_by_user" ON "participant" (tenant, "user", "at", id);

CREATE INDEX IF NOT EXISTS "participant_by_contact" ON "participant" (tenant, "contact", id);

CREATE VIEW "crm_v_participant" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "activity" <> zeroblob(16) THEN substr(lower(hex("activity")), 1, 8) || '-' || substr(lower(hex("activity")), 9, 4) || '-' || substr(lower(hex("activity")), 13, 4) || '-' || substr(lower(hex("activity")), 17, 4) || '-' || substr(lower(hex("activity")), 21, 12) END AS "activity",
  "ours",
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "name",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "participant" WHERE deleted = 0;

CREATE TABLE "timer" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "due_at" INTEGER NOT NULL,
  "code" TEXT NOT NULL CHECK ("code" IN ('stage.warn', 'stage.breach', 'stage.escalate', 'activity.remind', 'activity.overdue', 'lead.flow', 'flow.sweep', 'revisit.next')),
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "place" BLOB,
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
  CASE WHEN "place" <> zeroblob(16) THEN substr(lower(hex("place")), 1, 8) || '-' || substr(lower(hex("place")), 9, 4) || '-' || substr(lower(hex("place")), 13, 4) || '-' || substr(lower(hex("place")), 17, 4) || '-' || substr(lower(hex("place")), 21, 12) END AS "place",
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
  "because" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "notice_by_recipient" ON "notice" (tenant, "recipient", "due_at", id);

CREATE INDEX IF NOT EXISTS "notice_by_due" ON "notice" (tenant, "due_at", id);

CREATE INDEX IF NOT EXISTS "notice_by_subject" ON "notice" (tenant, "subject", id);

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
  "because",
  ext
FROM "notice" WHERE deleted = 0;

CREATE TABLE "lead" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "company" TEXT,
  "need" TEXT,
  "source" TEXT,
  "owner" BLOB NOT NULL,
  "status" TEXT NOT NULL CHECK ("status" IN ('new', 'working', 'qualified', 'converted', 'discarded')),
  "discard_reason" TEXT,
  "status_before" TEXT CHECK ("status_before" IN ('new', 'working', 'qualified', 'converted', 'discarded')),
  "received_at" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "converted_at" INTEGER,
  "merged_into" BLOB NOT NULL,
  "grade" TEXT,
  "grade_reason" TEXT,
  "graded_at" INTEGER,
  "queue" TEXT,
  "pool" BLOB NOT NULL,
  "followed_at" INTEGER,
  "told" TEXT,
  "quality" TEXT,
  "campaign" BLOB,
  "derived" TEXT,
  "channel" TEXT,
  "region" TEXT,
  "country" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "lead_by_owner" ON "lead" (tenant, "owner", "created_at", id);

CREATE INDEX IF NOT EXISTS "lead_by_created" ON "lead" (tenant, "created_at", id);

CREATE INDEX IF NOT EXISTS "lead_by_customer" ON "lead" (tenant, "customer", id);

CREATE INDEX IF NOT EXISTS "lead_by_contact" ON "lead" (tenant, "contact", id);

CREATE INDEX IF NOT EXISTS "lead_by_owner_status" ON "lead" (tenant, "owner", "status", id);

CREATE INDEX IF NOT EXISTS "lead_by_pool" ON "lead" (tenant, "pool", "created_at", id);

CREATE VIEW "crm_v_lead" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "company",
  "need",
  "source",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "status",
  "discard_reason",
  "status_before",
  strftime('%Y-%m-%dT%H:%M:%S', ("received_at" - (("received_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("received_at" % 1000000 + 1000000) % 1000000)) AS "received_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  strftime('%Y-%m-%dT%H:%M:%S', ("converted_at" - (("converted_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("converted_at" % 1000000 + 1000000) % 1000000)) AS "converted_at",
  CASE WHEN "merged_into" <> zeroblob(16) THEN substr(lower(hex("merged_into")), 1, 8) || '-' || substr(lower(hex("merged_into")), 9, 4) || '-' || substr(lower(hex("merged_into")), 13, 4) || '-' || substr(lower(hex("merged_into")), 17, 4) || '-' || substr(lower(hex("merged_into")), 21, 12) END AS "merged_into",
  "grade",
  "grade_reason",
  strftime('%Y-%m-%dT%H:%M:%S', ("graded_at" - (("graded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("graded_at" % 1000000 + 1000000) % 1000000)) AS "graded_at",
  "queue",
  CASE WHEN "pool" <> zeroblob(16) THEN substr(lower(hex("pool")), 1, 8) || '-' || substr(lower(hex("pool")), 9, 4) || '-' || substr(lower(hex("pool")), 13, 4) || '-' || substr(lower(hex("pool")), 17, 4) || '-' || substr(lower(hex("pool")), 21, 12) END AS "pool",
  strftime('%Y-%m-%dT%H:%M:%S', ("followed_at" - (("followed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("followed_at" % 1000000 + 1000000) % 1000000)) AS "followed_at",
  "told",
  "quality",
  CASE WHEN "campaign" <> zeroblob(16) THEN substr(lower(hex("campaign")), 1, 8) || '-' || substr(lower(hex("campaign")), 9, 4) || '-' || substr(lower(hex("campaign")), 13, 4) || '-' || substr(lower(hex("campaign")), 17, 4) || '-' || substr(lower(hex("campaign")), 21, 12) END AS "campaign",
  "derived",
  "channel",
  "region",
  "country",
  ext
FROM "lead" WHERE deleted = 0;

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

CREATE TABLE "match_verdict" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "left" BLOB NOT NULL,
  "left_kind" TEXT NOT NULL,
  "right" BLOB NOT NULL,
  "right_kind" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "note" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "match_verdict_by_left" ON "match_verdict" (tenant, "left", "right", id);

CREATE INDEX IF NOT EXISTS "match_verdict_by_right" ON "match_verdict" (tenant, "right", "left", id);

CREATE VIEW "crm_v_match_verdict" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "left" <> zeroblob(16) THEN substr(lower(hex("left")), 1, 8) || '-' || substr(lower(hex("left")), 9, 4) || '-' || substr(lower(hex("left")), 13, 4) || '-' || substr(lower(hex("left")), 17, 4) || '-' || substr(lower(hex("left")), 21, 12) END AS "left",
  "left_kind",
  CASE WHEN "right" <> zeroblob(16) THEN substr(lower(hex("right")), 1, 8) || '-' || substr(lower(hex("right")), 9, 4) || '-' || substr(lower(hex("right")), 13, 4) || '-' || substr(lower(hex("right")), 17, 4) || '-' || substr(lower(hex("right")), 21, 12) END AS "right",
  "right_kind",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "note",
  ext
FROM "match_verdict" WHERE deleted = 0;

CREATE TABLE "reversal" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "action" TEXT NOT NULL CHECK ("action" IN ('lead.convert', 'lead.merge', 'customer.merge', 'contact.merge', 'import')),
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "until" INTEGER NOT NULL,
  "parts" INTEGER NOT NULL,
  "left" INTEGER NOT NULL,
  "records" INTEGER NOT NULL,
  "undone_at" INTEGER,
  "undone_by" BLOB NOT NULL,
  "source" TEXT,
  "forgotten" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "reversal_by_at" ON "reversal" (tenant, "at", id);

CREATE INDEX IF NOT EXISTS "reversal_by_subject" ON "reversal" (tenant, "subject", "at", id);

CREATE INDEX IF NOT EXISTS "reversal_by_action" ON "reversal" (tenant, "action", "at", id);

CREATE INDEX IF NOT EXISTS "reversal_by_until" ON "reversal" (tenant, "forgotten", "until", id);

CREATE VIEW "crm_v_reversal" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "action",
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  strftime('%Y-%m-%dT%H:%M:%S', ("until" - (("until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("until" % 1000000 + 1000000) % 1000000)) AS "until",
  "parts",
  "left",
  "records",
  strftime('%Y-%m-%dT%H:%M:%S', ("undone_at" - (("undone_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("undone_at" % 1000000 + 1000000) % 1000000)) AS "undone_at",
  CASE WHEN "undone_by" <> zeroblob(16) THEN substr(lower(hex("undone_by")), 1, 8) || '-' || substr(lower(hex("undone_by")), 9, 4) || '-' || substr(lower(hex("undone_by")), 13, 4) || '-' || substr(lower(hex("undone_by")), 17, 4) || '-' || substr(lower(hex("undone_by")), 21, 12) END AS "undone_by",
  "source",
  "forgotten",
  ext
FROM "reversal" WHERE deleted = 0;

CREATE TABLE "reversal_entry" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "reversal" BLOB NOT NULL,
  "part" INTEGER NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "subject" BLOB NOT NULL,
  "before" BLOB,
  "after" BLOB,
  "made" BLOB,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "reversal_entry_by_reversal" ON "reversal_entry" (tenant, "reversal", "part", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "reversal_entry_by_reversal_unique" ON "reversal_entry" (tenant, "reversal", "part", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "reversal_entry_by_subject" ON "reversal_entry" (tenant, "subject", id);

CREATE VIEW "crm_v_reversal_entry" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "reversal" <> zeroblob(16) THEN substr(lower(hex("reversal")), 1, 8) || '-' || substr(lower(hex("reversal")), 9, 4) || '-' || substr(lower(hex("reversal")), 13, 4) || '-' || substr(lower(hex("reversal")), 17, 4) || '-' || substr(lower(hex("reversal")), 21, 12) END AS "reversal",
  "part",
  "ordinal",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "before",
  "after",
  "made",
  ext
FROM "reversal_entry" WHERE deleted = 0;

CREATE TABLE "score_model" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "version_" INTEGER NOT NULL,
  "target" TEXT NOT NULL CHECK ("target" IN ('lead', 'customer', 'opportunity')),
  "kind" TEXT NOT NULL CHECK ("kind" IN ('points', 'table', 'learned', 'host')),
  "definition" TEXT NOT NULL,
  "grades" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "score_model_by_name" ON "score_model" (tenant, "name", "version_", id);

CREATE UNIQUE INDEX IF NOT EXISTS "score_model_by_name_unique" ON "score_model" (tenant, "name", "version_") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "score_model_by_target" ON "score_model" (tenant, "target", "active", id);

CREATE VIEW "crm_v_score_model" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "version_",
  "target",
  "kind",
  "definition",
  "grades",
  "active",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "score_model" WHERE deleted = 0;

CREATE TABLE "behaviour" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL CHECK ("subject_kind" IN ('lead', 'customer', 'opportunity')),
  "subject" BLOB NOT NULL,
  "code" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "source" TEXT,
  "recorded_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "behaviour_by_subject" ON "behaviour" (tenant, "subject", "at", id);

CREATE VIEW "crm_v_behaviour" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "code",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "source",
  strftime('%Y-%m-%dT%H:%M:%S', ("recorded_at" - (("recorded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("recorded_at" % 1000000 + 1000000) % 1000000)) AS "recorded_at",
  ext
FROM "behaviour" WHERE deleted = 0;

CREATE TABLE "score" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "model" TEXT NOT NULL,
  "version_" INTEGER NOT NULL,
  "subject_kind" TEXT NOT NULL CHECK ("subject_kind" IN ('lead', 'customer', 'opportunity')),
  "subject" BLOB NOT NULL,
  "value" INTEGER NOT NULL,
  "place" INTEGER NOT NULL,
  "probability_basis_points" INTEGER,
  "grade" TEXT,
  "expected_minor" INTEGER NOT NULL,
  "expected_place" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "score_by_score" ON "score" (tenant, "model", "place", "subject", id);

CREATE INDEX IF NOT EXISTS "score_by_expected" ON "score" (tenant, "model", "expected_place", "subject", id);

CREATE INDEX IF NOT EXISTS "score_by_subject" ON "score" (tenant, "subject", id);

CREATE VIEW "crm_v_score" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "model",
  "version_",
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "value",
  "place",
  "probability_basis_points",
  "grade",
  "expected_minor",
  "expected_place",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "score" WHERE deleted = 0;

CREATE TABLE "assignment_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "on_capture" INTEGER NOT NULL,
  "rules" TEXT NOT NULL,
  "fallback" TEXT NOT NULL,
  "load" TEXT NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "assignment_policy_by_code" ON "assignment_policy" (tenant, "code", "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "assignment_policy_by_code_unique" ON "assignment_policy" (tenant, "code", "revision") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "assignment_policy_by_active" ON "assignment_policy" (tenant, "active", id);

CREATE VIEW "crm_v_assignment_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "revision",
  "name",
  "active",
  "on_capture",
  "rules",
  "fallback",
  "load",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "assignment_policy" WHERE deleted = 0;

CREATE TABLE "assignment_share" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "policy" TEXT NOT NULL,
  "rule" TEXT NOT NULL,
  "user" BLOB NOT NULL,
  "weight" INTEGER NOT NULL,
  "sharing" INTEGER NOT NULL,
  "credit" INTEGER NOT NULL,
  "clock" INTEGER NOT NULL,
  "got" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "assignment_share_by_rule" ON "assignment_share" (tenant, "policy", "rule", "user", id);

CREATE UNIQUE INDEX IF NOT EXISTS "assignment_share_by_rule_unique" ON "assignment_share" (tenant, "policy", "rule", "user") WHERE deleted = 0;

CREATE VIEW "crm_v_assignment_share" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "policy",
  "rule",
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  "weight",
  "sharing",
  "credit",
  "clock",
  "got",
  ext
FROM "assignment_share" WHERE deleted = 0;

CREATE TABLE "absence" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "user" BLOB NOT NULL,
  "from" INTEGER NOT NULL,
  "until" INTEGER NOT NULL,
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "absence_by_user" ON "absence" (tenant, "user", "until", id);

CREATE INDEX IF NOT EXISTS "absence_by_until" ON "absence" (tenant, "until", id);

CREATE VIEW "crm_v_absence" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  strftime('%Y-%m-%dT%H:%M:%S', ("from" - (("from" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("from" % 1000000 + 1000000) % 1000000)) AS "from",
  strftime('%Y-%m-%dT%H:%M:%S', ("until" - (("until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("until" % 1000000 + 1000000) % 1000000)) AS "until",
  "reason",
  ext
FROM "absence" WHERE deleted = 0;

CREATE TABLE "assignment" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "lead" BLOB NOT NULL,
  "policy" BLOB NOT NULL,
  "rule" TEXT,
  "how" TEXT NOT NULL CHECK ("how" IN ('rule', 'queue', 'manual')),
  "chosen" BLOB NOT NULL,
  "before" BLOB NOT NULL,
  "why" TEXT,
  "read" TEXT NOT NULL,
  "proof" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "ordinal" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "assignment_by_lead" ON "assignment" (tenant, "lead", "at", id);

CREATE INDEX IF NOT EXISTS "assignment_by_at" ON "assignment" (tenant, "at", id);

CREATE VIEW "crm_v_assignment" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "lead" <> zeroblob(16) THEN substr(lower(hex("lead")), 1, 8) || '-' || substr(lower(hex("lead")), 9, 4) || '-' || substr(lower(hex("lead")), 13, 4) || '-' || substr(lower(hex("lead")), 17, 4) || '-' || substr(lower(hex("lead")), 21, 12) END AS "lead",
  CASE WHEN "policy" <> zeroblob(16) THEN substr(lower(hex("policy")), 1, 8) || '-' || substr(lower(hex("policy")), 9, 4) || '-' || substr(lower(hex("policy")), 13, 4) || '-' || substr(lower(hex("policy")), 17, 4) || '-' || substr(lower(hex("policy")), 21, 12) END AS "policy",
  "rule",
  "how",
  CASE WHEN "chosen" <> zeroblob(16) THEN substr(lower(hex("chosen")), 1, 8) || '-' || substr(lower(hex("chosen")), 9, 4) || '-' || substr(lower(hex("chosen")), 13, 4) || '-' || substr(lower(hex("chosen")), 17, 4) || '-' || substr(lower(hex("chosen")), 21, 12) END AS "chosen",
  CASE WHEN "before" <> zeroblob(16) THEN substr(lower(hex("before")), 1, 8) || '-' || substr(lower(hex("before")), 9, 4) || '-' || substr(lower(hex("before")), 13, 4) || '-' || substr(lower(hex("before")), 17, 4) || '-' || substr(lower(hex("before")), 21, 12) END AS "before",
  "why",
  "read",
  "proof",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "ordinal",
  ext
FROM "assignment" WHERE deleted = 0;

CREATE TABLE "pool" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "pool_by_code" ON "pool" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "pool_by_code_unique" ON "pool" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_pool" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "active",
  "terms",
  ext
FROM "pool" WHERE deleted = 0;

CREATE TABLE "flow_rule" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "rank" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "flow_rule_by_code" ON "flow_rule" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "flow_rule_by_code_unique" ON "flow_rule" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_flow_rule" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "active",
  "rank",
  "terms",
  ext
FROM "flow_rule" WHERE deleted = 0;

CREATE TABLE "owner_spell" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "owner" BLOB NOT NULL,
  "pool" BLOB NOT NULL,
  "since" INTEGER NOT NULL,
  "until" INTEGER NOT NULL,
  "next_owner" BLOB NOT NULL,
  "next_pool" BLOB NOT NULL,
  "by" BLOB NOT NULL,
  "cause" TEXT NOT NULL CHECK ("cause" IN ('edit', 'assign', 'transfer', 'claim', 'release', 'rule', 'import')),
  "reason" TEXT,
  "rules" TEXT,
  "plans" TEXT NOT NULL CHECK ("plans" IN ('keep', 'move', 'cancel')),
  "plans_concerned" INTEGER NOT NULL,
  "claimer" BLOB NOT NULL,
  "claim_number" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "owner_spell_by_subject" ON "owner_spell" (tenant, "subject", "ordinal", id);

CREATE INDEX IF NOT EXISTS "owner_spell_by_claimer" ON "owner_spell" (tenant, "claimer", "claim_number", id);

CREATE VIEW "crm_v_owner_spell" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "ordinal",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "pool" <> zeroblob(16) THEN substr(lower(hex("pool")), 1, 8) || '-' || substr(lower(hex("pool")), 9, 4) || '-' || substr(lower(hex("pool")), 13, 4) || '-' || substr(lower(hex("pool")), 17, 4) || '-' || substr(lower(hex("pool")), 21, 12) END AS "pool",
  strftime('%Y-%m-%dT%H:%M:%S', ("since" - (("since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("since" % 1000000 + 1000000) % 1000000)) AS "since",
  strftime('%Y-%m-%dT%H:%M:%S', ("until" - (("until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("until" % 1000000 + 1000000) % 1000000)) AS "until",
  CASE WHEN "next_owner" <> zeroblob(16) THEN substr(lower(hex("next_owner")), 1, 8) || '-' || substr(lower(hex("next_owner")), 9, 4) || '-' || substr(lower(hex("next_owner")), 13, 4) || '-' || substr(lower(hex("next_owner")), 17, 4) || '-' || substr(lower(hex("next_owner")), 21, 12) END AS "next_owner",
  CASE WHEN "next_pool" <> zeroblob(16) THEN substr(lower(hex("next_pool")), 1, 8) || '-' || substr(lower(hex("next_pool")), 9, 4) || '-' || substr(lower(hex("next_pool")), 13, 4) || '-' || substr(lower(hex("next_pool")), 17, 4) || '-' || substr(lower(hex("next_pool")), 21, 12) END AS "next_pool",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "cause",
  "reason",
  "rules",
  "plans",
  "plans_concerned",
  CASE WHEN "claimer" <> zeroblob(16) THEN substr(lower(hex("claimer")), 1, 8) || '-' || substr(lower(hex("claimer")), 9, 4) || '-' || substr(lower(hex("claimer")), 13, 4) || '-' || substr(lower(hex("claimer")), 17, 4) || '-' || substr(lower(hex("claimer")), 21, 12) END AS "claimer",
  "claim_number",
  ext
FROM "owner_spell" WHERE deleted = 0;

CREATE TABLE "confirmation" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "point" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "medium" TEXT NOT NULL CHECK ("medium" IN ('phone', 'email', 'social', 'url')),
  "value" TEXT NOT NULL,
  "status" TEXT NOT NULL CHECK ("status" IN ('pending', 'confirmed', 'failed')),
  "token_hash" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "asked_at" INTEGER NOT NULL,
  "expires_at" INTEGER,
  "answered_at" INTEGER,
  "note" TEXT,
  "owner_kind" TEXT NOT NULL CHECK ("owner_kind" IN ('customer', 'contact', 'lead')),
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "confirmation_by_token" ON "confirmation" (tenant, "token_hash", id);

CREATE INDEX IF NOT EXISTS "confirmation_by_owner" ON "confirmation" (tenant, "owner", "asked_at", id);

CREATE VIEW "crm_v_confirmation" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "point" <> zeroblob(16) THEN substr(lower(hex("point")), 1, 8) || '-' || substr(lower(hex("point")), 9, 4) || '-' || substr(lower(hex("point")), 13, 4) || '-' || substr(lower(hex("point")), 17, 4) || '-' || substr(lower(hex("point")), 21, 12) END AS "point",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "medium",
  "value",
  "status",
  "token_hash",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("asked_at" - (("asked_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("asked_at" % 1000000 + 1000000) % 1000000)) AS "asked_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("expires_at" - (("expires_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("expires_at" % 1000000 + 1000000) % 1000000)) AS "expires_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("answered_at" - (("answered_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("answered_at" % 1000000 + 1000000) % 1000000)) AS "answered_at",
  "note",
  "owner_kind",
  ext
FROM "confirmation" WHERE deleted = 0;

CREATE TABLE "campaign" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "campaign_type" TEXT NOT NULL CHECK ("campaign_type" IN ('ad', 'promotion', 'fair', 'seminar', 'online', 'mail', 'phone', 'other')),
  "status" TEXT NOT NULL CHECK ("status" IN ('planned', 'running', 'completed', 'cancelled')),
  "starts_on" TEXT,
  "ends_on" TEXT,
  "budget_minor" INTEGER,
  "budget_currency" TEXT,
  "actual_cost_minor" INTEGER,
  "actual_cost_currency" TEXT,
  "owner" BLOB NOT NULL,
  "goal" TEXT,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "campaign_by_name" ON "campaign" (tenant, "name", id);

CREATE INDEX IF NOT EXISTS "campaign_by_created" ON "campaign" (tenant, "created_at", id);

CREATE INDEX IF NOT EXISTS "campaign_by_owner" ON "campaign" (tenant, "owner", "created_at", id);

CREATE VIEW "crm_v_campaign" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "campaign_type",
  "status",
  "starts_on",
  "ends_on",
  "budget_minor" / CASE WHEN "budget_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "budget_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "budget_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "budget",
  "budget_minor",
  "budget_currency",
  "actual_cost_minor" / CASE WHEN "actual_cost_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "actual_cost_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "actual_cost_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "actual_cost",
  "actual_cost_minor",
  "actual_cost_currency",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "goal",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "campaign" WHERE deleted = 0;

CREATE TABLE "campaign_member" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "campaign" BLOB NOT NULL,
  "member_kind" TEXT NOT NULL CHECK ("member_kind" IN ('lead', 'contact', 'customer')),
  "member" BLOB NOT NULL,
  "invited_on" TEXT,
  "registered_on" TEXT,
  "attended_on" TEXT,
  "responded_on" TEXT,
  "added_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "campaign_member_by_campaign" ON "campaign_member" (tenant, "campaign", "added_at", id);

CREATE INDEX IF NOT EXISTS "campaign_member_by_member" ON "campaign_member" (tenant, "member", id);

CREATE INDEX IF NOT EXISTS "campaign_member_by_both" ON "campaign_member" (tenant, "campaign", "member", id);

CREATE UNIQUE INDEX IF NOT EXISTS "campaign_member_by_both_unique" ON "campaign_member" (tenant, "campaign", "member") WHERE deleted = 0;

CREATE VIEW "crm_v_campaign_member" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "campaign" <> zeroblob(16) THEN substr(lower(hex("campaign")), 1, 8) || '-' || substr(lower(hex("campaign")), 9, 4) || '-' || substr(lower(hex("campaign")), 13, 4) || '-' || substr(lower(hex("campaign")), 17, 4) || '-' || substr(lower(hex("campaign")), 21, 12) END AS "campaign",
  "member_kind",
  CASE WHEN "member" <> zeroblob(16) THEN substr(lower(hex("member")), 1, 8) || '-' || substr(lower(hex("member")), 9, 4) || '-' || substr(lower(hex("member")), 13, 4) || '-' || substr(lower(hex("member")), 17, 4) || '-' || substr(lower(hex("member")), 21, 12) END AS "member",
  "invited_on",
  "registered_on",
  "attended_on",
  "responded_on",
  strftime('%Y-%m-%dT%H:%M:%S', ("added_at" - (("added_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("added_at" % 1000000 + 1000000) % 1000000)) AS "added_at",
  ext
FROM "campaign_member" WHERE deleted = 0;

CREATE TABLE "revisit_plan" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "lead" BLOB NOT NULL,
  "rule" TEXT NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('call', 'visit', 'email', 'meeting', 'task', 'message', 'note')),
  "subject" TEXT NOT NULL,
  "owner" BLOB NOT NULL,
  "starts_on" TEXT NOT NULL,
  "minute_of_day" INTEGER NOT NULL,
  "until" TEXT,
  "count" INTEGER,
  "planned" INTEGER NOT NULL,
  "skipped" INTEGER NOT NULL,
  "planned_on" TEXT NOT NULL,
  "due_at" INTEGER,
  "ended" TEXT CHECK ("ended" IN ('done', 'stopped', 'closed')),
  "remind_minutes" INTEGER,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "revisit_plan_by_owner" ON "revisit_plan" (tenant, "owner", "created_at", id);

CREATE INDEX IF NOT EXISTS "revisit_plan_by_customer" ON "revisit_plan" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "revisit_plan_by_lead" ON "revisit_plan" (tenant, "lead", "created_at", id);

CREATE INDEX IF NOT EXISTS "revisit_plan_by_contact" ON "revisit_plan" (tenant, "contact", "created_at", id);

CREATE VIEW "crm_v_revisit_plan" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "lead" <> zeroblob(16) THEN substr(lower(hex("lead")), 1, 8) || '-' || substr(lower(hex("lead")), 9, 4) || '-' || substr(lower(hex("lead")), 13, 4) || '-' || substr(lower(hex("lead")), 17, 4) || '-' || substr(lower(hex("lead")), 21, 12) END AS "lead",
  "rule",
  "kind",
  "subject",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "starts_on",
  "minute_of_day",
  "until",
  "count",
  "planned",
  "skipped",
  "planned_on",
  strftime('%Y-%m-%dT%H:%M:%S', ("due_at" - (("due_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("due_at" % 1000000 + 1000000) % 1000000)) AS "due_at",
  "ended",
  "remind_minutes",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "revisit_plan" WHERE deleted = 0;

CREATE TABLE "intake_source" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('website', 'phone', 'social', 'fair', 'manual', 'import', 'integration', 'scrape', 'partner')),
  "fields" TEXT NOT NULL,
  "source" TEXT,
  "owner" BLOB NOT NULL,
  "campaign" BLOB,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "intake_source_by_code" ON "intake_source" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "intake_source_by_code_unique" ON "intake_source" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_intake_source" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "kind",
  "fields",
  "source",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "campaign" <> zeroblob(16) THEN substr(lower(hex("campaign")), 1, 8) || '-' || substr(lower(hex("campaign")), 9, 4) || '-' || substr(lower(hex("campaign")), 13, 4) || '-' || substr(lower(hex("campaign")), 17, 4) || '-' || substr(lower(hex("campaign")), 21, 12) END AS "campaign",
  "active",
  ext
FROM "intake_source" WHERE deleted = 0;

CREATE TABLE "field_rule" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "entity" TEXT NOT NULL CHECK ("entity" IN ('lead', 'customer', 'contact')),
  "test" TEXT NOT NULL,
  "severity" TEXT NOT NULL CHECK ("severity" IN ('refuse', 'warn')),
  "message" TEXT,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "field_rule_by_code" ON "field_rule" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "field_rule_by_code_unique" ON "field_rule" (tenant, "code") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "field_rule_by_entity" ON "field_rule" (tenant, "entity", "code", id);

CREATE VIEW "crm_v_field_rule" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "entity",
  "test",
  "severity",
  "message",
  "active",
  ext
FROM "field_rule" WHERE deleted = 0;

