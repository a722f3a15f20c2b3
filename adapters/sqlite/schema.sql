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
  "contract_before_delivery" INTEGER,
  "forms" TEXT,
  "masks" TEXT,
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
  "contract_before_delivery",
  "forms",
  "masks",
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
  "price_group" TEXT,
  "price_sensitivity" TEXT CHECK ("price_sensitivity" IN ('low', 'medium', 'high')),
  "zone" TEXT,
  "pool" BLOB NOT NULL,
  "told" TEXT,
  "form" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "customer_by_name" ON "customer" (tenant, "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_owner" ON "customer" (tenant, "owner", "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_parent" ON "customer" (tenant, "parent", "name", id);

CREATE INDEX IF NOT EXISTS "customer_by_merged_into" ON "customer" (tenant, "merged_into", id);

CREATE INDEX IF NOT EXISTS "customer_by_pool" ON "customer" (tenant, "pool", "created_at", id);

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
  "price_group",
  "price_sensitivity",
  "zone",
  CASE WHEN "pool" <> zeroblob(16) THEN substr(lower(hex("pool")), 1, 8) || '-' || substr(lower(hex("pool")), 9, 4) || '-' || substr(lower(hex("pool")), 13, 4) || '-' || substr(lower(hex("pool")), 17, 4) || '-' || substr(lower(hex("pool")), 21, 12) END AS "pool",
  "told",
  "form",
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
  "cost_amount" TEXT,
  "cost_currency" TEXT,
  "floor_price_amount" TEXT,
  "floor_price_currency" TEXT,
  "tax_rate" TEXT,
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
  "cost_amount",
  "cost_currency",
  "floor_price_amount",
  "floor_price_currency",
  "tax_rate",
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
  "code" TEXT NOT NULL CHECK ("code" IN ('stage.warn', 'stage.breach', 'stage.escalate', 'activity.remind', 'activity.overdue', 'lead.flow', 'flow.sweep', 'customer.flow', 'customer.sweep', 'automation.due', 'automation.sweep', 'revisit.next', 'deal.dormant', 'promise.overdue', 'milestone.late', 'quote.expire', 'contract.expire', 'contract.renewal', 'order.remind', 'order.late', 'payment.due', 'service.response', 'service.resolution', 'feedback.expire')),
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
  "customer" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "fact_by_seq" ON "fact" (tenant, seq, id);

CREATE INDEX IF NOT EXISTS "fact_by_subject" ON "fact" (tenant, "subject", seq, id);

CREATE INDEX IF NOT EXISTS "fact_by_operation" ON "fact" (tenant, "operation", seq, id);

CREATE INDEX IF NOT EXISTS "fact_by_customer" ON "fact" (tenant, "customer", "happened_at", id);

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
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
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
  "action" TEXT NOT NULL CHECK ("action" IN ('lead.convert', 'lead.merge', 'customer.merge', 'contact.merge', 'import', 'process_change')),
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
  "page" TEXT,
  "product" BLOB NOT NULL,
  "seconds" INTEGER,
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
  "page",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "seconds",
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

CREATE TABLE "pool_view" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "user" BLOB NOT NULL,
  "pool" BLOB NOT NULL,
  "day" TEXT NOT NULL,
  "seen" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "pool_view_by_user" ON "pool_view" (tenant, "user", "pool", id);

CREATE UNIQUE INDEX IF NOT EXISTS "pool_view_by_user_unique" ON "pool_view" (tenant, "user", "pool") WHERE deleted = 0;

CREATE VIEW "crm_v_pool_view" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  CASE WHEN "pool" <> zeroblob(16) THEN substr(lower(hex("pool")), 1, 8) || '-' || substr(lower(hex("pool")), 9, 4) || '-' || substr(lower(hex("pool")), 13, 4) || '-' || substr(lower(hex("pool")), 17, 4) || '-' || substr(lower(hex("pool")), 21, 12) END AS "pool",
  "day",
  "seen",
  ext
FROM "pool_view" WHERE deleted = 0;

CREATE TABLE "record_share" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL CHECK ("subject_kind" IN ('lead', 'customer', 'opportunity')),
  "subject" BLOB NOT NULL,
  "user" BLOB NOT NULL,
  "team" BLOB NOT NULL,
  "role" TEXT NOT NULL CHECK ("role" IN ('reads', 'works')),
  "since" INTEGER NOT NULL,
  "until" INTEGER,
  "by" BLOB NOT NULL,
  "reason" TEXT,
  "ended_by" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "record_share_by_subject" ON "record_share" (tenant, "subject", "since", id);

CREATE INDEX IF NOT EXISTS "record_share_by_user" ON "record_share" (tenant, "user", "since", id);

CREATE INDEX IF NOT EXISTS "record_share_by_team" ON "record_share" (tenant, "team", "since", id);

CREATE VIEW "crm_v_record_share" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  CASE WHEN "team" <> zeroblob(16) THEN substr(lower(hex("team")), 1, 8) || '-' || substr(lower(hex("team")), 9, 4) || '-' || substr(lower(hex("team")), 13, 4) || '-' || substr(lower(hex("team")), 17, 4) || '-' || substr(lower(hex("team")), 21, 12) END AS "team",
  "role",
  strftime('%Y-%m-%dT%H:%M:%S', ("since" - (("since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("since" % 1000000 + 1000000) % 1000000)) AS "since",
  strftime('%Y-%m-%dT%H:%M:%S', ("until" - (("until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("until" % 1000000 + 1000000) % 1000000)) AS "until",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "reason",
  CASE WHEN "ended_by" <> zeroblob(16) THEN substr(lower(hex("ended_by")), 1, 8) || '-' || substr(lower(hex("ended_by")), 9, 4) || '-' || substr(lower(hex("ended_by")), 13, 4) || '-' || substr(lower(hex("ended_by")), 17, 4) || '-' || substr(lower(hex("ended_by")), 21, 12) END AS "ended_by",
  ext
FROM "record_share" WHERE deleted = 0;

CREATE TABLE "consent" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL CHECK ("subject_kind" IN ('lead', 'contact', 'customer')),
  "subject" BLOB NOT NULL,
  "purpose" TEXT NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('given', 'withdrawn')),
  "given_at" INTEGER,
  "withdrawn_at" INTEGER,
  "source" TEXT,
  "evidence" TEXT,
  "recorded_at" INTEGER NOT NULL,
  "recorded_by" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "consent_by_subject" ON "consent" (tenant, "subject", "purpose", id);

CREATE UNIQUE INDEX IF NOT EXISTS "consent_by_subject_unique" ON "consent" (tenant, "subject", "purpose") WHERE deleted = 0;

CREATE VIEW "crm_v_consent" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "purpose",
  "state",
  strftime('%Y-%m-%dT%H:%M:%S', ("given_at" - (("given_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("given_at" % 1000000 + 1000000) % 1000000)) AS "given_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("withdrawn_at" - (("withdrawn_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("withdrawn_at" % 1000000 + 1000000) % 1000000)) AS "withdrawn_at",
  "source",
  "evidence",
  strftime('%Y-%m-%dT%H:%M:%S', ("recorded_at" - (("recorded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("recorded_at" % 1000000 + 1000000) % 1000000)) AS "recorded_at",
  CASE WHEN "recorded_by" <> zeroblob(16) THEN substr(lower(hex("recorded_by")), 1, 8) || '-' || substr(lower(hex("recorded_by")), 9, 4) || '-' || substr(lower(hex("recorded_by")), 13, 4) || '-' || substr(lower(hex("recorded_by")), 17, 4) || '-' || substr(lower(hex("recorded_by")), 21, 12) END AS "recorded_by",
  ext
FROM "consent" WHERE deleted = 0;

CREATE TABLE "automation_run" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "automation" BLOB NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "depth" INTEGER NOT NULL,
  "outcome" TEXT NOT NULL CHECK ("outcome" IN ('done', 'refused', 'stopped')),
  "because" TEXT NOT NULL,
  "refused" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "automation_run_by_subject" ON "automation_run" (tenant, "subject", "at", id);

CREATE INDEX IF NOT EXISTS "automation_run_by_automation" ON "automation_run" (tenant, "automation", "at", id);

CREATE VIEW "crm_v_automation_run" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "automation" <> zeroblob(16) THEN substr(lower(hex("automation")), 1, 8) || '-' || substr(lower(hex("automation")), 9, 4) || '-' || substr(lower(hex("automation")), 13, 4) || '-' || substr(lower(hex("automation")), 17, 4) || '-' || substr(lower(hex("automation")), 21, 12) END AS "automation",
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "depth",
  "outcome",
  "because",
  "refused",
  ext
FROM "automation_run" WHERE deleted = 0;

CREATE TABLE "automation" (
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
  "since" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "automation_by_code" ON "automation" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "automation_by_code_unique" ON "automation" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_automation" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "active",
  "rank",
  "terms",
  strftime('%Y-%m-%dT%H:%M:%S', ("since" - (("since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("since" % 1000000 + 1000000) % 1000000)) AS "since",
  ext
FROM "automation" WHERE deleted = 0;

CREATE TABLE "bundle_part" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "bundle" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "part" BLOB NOT NULL,
  "quantity" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "bundle_part_by_bundle" ON "bundle_part" (tenant, "bundle", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "bundle_part_by_bundle_unique" ON "bundle_part" (tenant, "bundle", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "bundle_part_by_part" ON "bundle_part" (tenant, "part", id);

CREATE VIEW "crm_v_bundle_part" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "bundle" <> zeroblob(16) THEN substr(lower(hex("bundle")), 1, 8) || '-' || substr(lower(hex("bundle")), 9, 4) || '-' || substr(lower(hex("bundle")), 13, 4) || '-' || substr(lower(hex("bundle")), 17, 4) || '-' || substr(lower(hex("bundle")), 21, 12) END AS "bundle",
  "ordinal",
  CASE WHEN "part" <> zeroblob(16) THEN substr(lower(hex("part")), 1, 8) || '-' || substr(lower(hex("part")), 9, 4) || '-' || substr(lower(hex("part")), 13, 4) || '-' || substr(lower(hex("part")), 17, 4) || '-' || substr(lower(hex("part")), 21, 12) END AS "part",
  "quantity",
  ext
FROM "bundle_part" WHERE deleted = 0;

CREATE TABLE "accessory" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "product" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "accessory" BLOB NOT NULL,
  "note" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "accessory_by_product" ON "accessory" (tenant, "product", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "accessory_by_product_unique" ON "accessory" (tenant, "product", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "accessory_by_accessory" ON "accessory" (tenant, "accessory", id);

CREATE VIEW "crm_v_accessory" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "ordinal",
  CASE WHEN "accessory" <> zeroblob(16) THEN substr(lower(hex("accessory")), 1, 8) || '-' || substr(lower(hex("accessory")), 9, 4) || '-' || substr(lower(hex("accessory")), 13, 4) || '-' || substr(lower(hex("accessory")), 17, 4) || '-' || substr(lower(hex("accessory")), 21, 12) END AS "accessory",
  "note",
  ext
FROM "accessory" WHERE deleted = 0;

CREATE TABLE "price_list" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "from" TEXT NOT NULL,
  "until" TEXT,
  "customer" BLOB NOT NULL,
  "group" TEXT,
  "region" TEXT,
  "rank" INTEGER NOT NULL,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "price_list_by_code" ON "price_list" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "price_list_by_code_unique" ON "price_list" (tenant, "code") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "price_list_by_customer" ON "price_list" (tenant, "customer", "code", id);

CREATE VIEW "crm_v_price_list" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "currency",
  "from",
  "until",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "group",
  "region",
  "rank",
  "active",
  ext
FROM "price_list" WHERE deleted = 0;

CREATE TABLE "price_entry" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "price_list" BLOB NOT NULL,
  "product" BLOB NOT NULL,
  "min_quantity" TEXT NOT NULL,
  "price_amount" TEXT NOT NULL,
  "price_currency" TEXT NOT NULL,
  "floor_amount" TEXT,
  "floor_currency" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "price_entry_by_list" ON "price_entry" (tenant, "price_list", "product", id);

CREATE INDEX IF NOT EXISTS "price_entry_by_product" ON "price_entry" (tenant, "product", id);

CREATE VIEW "crm_v_price_entry" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "price_list" <> zeroblob(16) THEN substr(lower(hex("price_list")), 1, 8) || '-' || substr(lower(hex("price_list")), 9, 4) || '-' || substr(lower(hex("price_list")), 13, 4) || '-' || substr(lower(hex("price_list")), 17, 4) || '-' || substr(lower(hex("price_list")), 21, 12) END AS "price_list",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "min_quantity",
  "price_amount",
  "price_currency",
  "floor_amount",
  "floor_currency",
  ext
FROM "price_entry" WHERE deleted = 0;

CREATE TABLE "approval_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "entity" TEXT NOT NULL CHECK ("entity" IN ('quote', 'contract', 'order')),
  "revision" INTEGER NOT NULL,
  "active" INTEGER NOT NULL,
  "steps" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "approval_policy_by_entity" ON "approval_policy" (tenant, "entity", id);

CREATE UNIQUE INDEX IF NOT EXISTS "approval_policy_by_entity_unique" ON "approval_policy" (tenant, "entity") WHERE deleted = 0;

CREATE VIEW "crm_v_approval_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "entity",
  "revision",
  "active",
  "steps",
  ext
FROM "approval_policy" WHERE deleted = 0;

CREATE TABLE "approval_request" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL CHECK ("subject_kind" IN ('quote', 'contract', 'order')),
  "subject" BLOB NOT NULL,
  "policy" BLOB NOT NULL,
  "policy_revision" INTEGER NOT NULL,
  "author" BLOB NOT NULL,
  "asked_by" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('pending', 'approved', 'rejected', 'recalled', 'voided')),
  "chain" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "delegate" BLOB NOT NULL,
  "measures" TEXT NOT NULL,
  "asked_at" INTEGER NOT NULL,
  "ended_at" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "approval_request_by_subject" ON "approval_request" (tenant, "subject", "asked_at", id);

CREATE INDEX IF NOT EXISTS "approval_request_by_state" ON "approval_request" (tenant, "state", "asked_at", id);

CREATE VIEW "crm_v_approval_request" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  CASE WHEN "policy" <> zeroblob(16) THEN substr(lower(hex("policy")), 1, 8) || '-' || substr(lower(hex("policy")), 9, 4) || '-' || substr(lower(hex("policy")), 13, 4) || '-' || substr(lower(hex("policy")), 17, 4) || '-' || substr(lower(hex("policy")), 21, 12) END AS "policy",
  "policy_revision",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  CASE WHEN "asked_by" <> zeroblob(16) THEN substr(lower(hex("asked_by")), 1, 8) || '-' || substr(lower(hex("asked_by")), 9, 4) || '-' || substr(lower(hex("asked_by")), 13, 4) || '-' || substr(lower(hex("asked_by")), 17, 4) || '-' || substr(lower(hex("asked_by")), 21, 12) END AS "asked_by",
  "state",
  "chain",
  "at",
  CASE WHEN "delegate" <> zeroblob(16) THEN substr(lower(hex("delegate")), 1, 8) || '-' || substr(lower(hex("delegate")), 9, 4) || '-' || substr(lower(hex("delegate")), 13, 4) || '-' || substr(lower(hex("delegate")), 17, 4) || '-' || substr(lower(hex("delegate")), 21, 12) END AS "delegate",
  "measures",
  strftime('%Y-%m-%dT%H:%M:%S', ("asked_at" - (("asked_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("asked_at" % 1000000 + 1000000) % 1000000)) AS "asked_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("ended_at" - (("ended_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("ended_at" % 1000000 + 1000000) % 1000000)) AS "ended_at",
  ext
FROM "approval_request" WHERE deleted = 0;

CREATE TABLE "approval_vote" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "request" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('grant', 'finish', 'delegate', 'send_back', 'reject', 'recall', 'void')),
  "step" TEXT,
  "by" BLOB NOT NULL,
  "to_user" BLOB NOT NULL,
  "to_step" TEXT,
  "comment" TEXT,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "approval_vote_by_request" ON "approval_vote" (tenant, "request", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "approval_vote_by_request_unique" ON "approval_vote" (tenant, "request", "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_approval_vote" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "request" <> zeroblob(16) THEN substr(lower(hex("request")), 1, 8) || '-' || substr(lower(hex("request")), 9, 4) || '-' || substr(lower(hex("request")), 13, 4) || '-' || substr(lower(hex("request")), 17, 4) || '-' || substr(lower(hex("request")), 21, 12) END AS "request",
  "ordinal",
  "kind",
  "step",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  CASE WHEN "to_user" <> zeroblob(16) THEN substr(lower(hex("to_user")), 1, 8) || '-' || substr(lower(hex("to_user")), 9, 4) || '-' || substr(lower(hex("to_user")), 13, 4) || '-' || substr(lower(hex("to_user")), 17, 4) || '-' || substr(lower(hex("to_user")), 21, 12) END AS "to_user",
  "to_step",
  "comment",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "approval_vote" WHERE deleted = 0;

CREATE TABLE "quote" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "number" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('draft', 'in_approval', 'approved', 'sent', 'accepted', 'declined', 'expired', 'withdrawn', 'superseded')),
  "currency" TEXT NOT NULL,
  "tax_mode" TEXT NOT NULL CHECK ("tax_mode" IN ('on_top', 'included')),
  "rounding" TEXT NOT NULL CHECK ("rounding" IN ('half_up', 'half_even')),
  "rounding_scope" TEXT NOT NULL CHECK ("rounding_scope" IN ('line', 'rate', 'total')),
  "tax_rate" TEXT NOT NULL,
  "discount" TEXT NOT NULL,
  "discount_amount_minor" INTEGER,
  "discount_amount_currency" TEXT,
  "valid_from" TEXT NOT NULL,
  "valid_until" TEXT NOT NULL,
  "taken_off_minor" INTEGER NOT NULL,
  "taken_off_currency" TEXT NOT NULL,
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "tax_currency" TEXT NOT NULL,
  "gross_minor" INTEGER NOT NULL,
  "gross_currency" TEXT NOT NULL,
  "payment_terms" TEXT,
  "delivery_terms" TEXT,
  "note" TEXT,
  "created_at" INTEGER NOT NULL,
  "sent_at" INTEGER,
  "ended_at" INTEGER,
  "reason" TEXT,
  "previous" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "quote_by_number" ON "quote" (tenant, "number", "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "quote_by_number_unique" ON "quote" (tenant, "number", "revision") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "quote_by_customer" ON "quote" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "quote_by_opportunity" ON "quote" (tenant, "opportunity", "created_at", id);

CREATE INDEX IF NOT EXISTS "quote_by_contact" ON "quote" (tenant, "contact", "created_at", id);

CREATE INDEX IF NOT EXISTS "quote_by_owner" ON "quote" (tenant, "owner", "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "quote_by_state" ON "quote" (tenant, "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "quote_by_previous" ON "quote" (tenant, "previous", id);

CREATE VIEW "crm_v_quote" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "number",
  "revision",
  "name",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  "state",
  "currency",
  "tax_mode",
  "rounding",
  "rounding_scope",
  "tax_rate",
  "discount",
  "discount_amount_minor" / CASE WHEN "discount_amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "discount_amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "discount_amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "discount_amount",
  "discount_amount_minor",
  "discount_amount_currency",
  "valid_from",
  "valid_until",
  "taken_off_minor" / CASE WHEN "taken_off_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "taken_off_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "taken_off_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "taken_off",
  "taken_off_minor",
  "taken_off_currency",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  "tax_minor" / CASE WHEN "tax_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "tax_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "tax_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "tax",
  "tax_minor",
  "tax_currency",
  "gross_minor" / CASE WHEN "gross_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "gross_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "gross_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "gross",
  "gross_minor",
  "gross_currency",
  "payment_terms",
  "delivery_terms",
  "note",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("sent_at" - (("sent_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("sent_at" % 1000000 + 1000000) % 1000000)) AS "sent_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("ended_at" - (("ended_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("ended_at" % 1000000 + 1000000) % 1000000)) AS "ended_at",
  "reason",
  CASE WHEN "previous" <> zeroblob(16) THEN substr(lower(hex("previous")), 1, 8) || '-' || substr(lower(hex("previous")), 9, 4) || '-' || substr(lower(hex("previous")), 13, 4) || '-' || substr(lower(hex("previous")), 17, 4) || '-' || substr(lower(hex("previous")), 21, 12) END AS "previous",
  ext
FROM "quote" WHERE deleted = 0;

CREATE TABLE "quote_line" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "quote" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "product" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "description" TEXT,
  "quantity" TEXT NOT NULL,
  "unit_price_amount" TEXT NOT NULL,
  "unit_price_currency" TEXT NOT NULL,
  "discount" TEXT NOT NULL,
  "discount_amount_minor" INTEGER,
  "discount_amount_currency" TEXT,
  "tax_rate" TEXT NOT NULL,
  "list_price_amount" TEXT,
  "list_price_currency" TEXT,
  "floor_amount" TEXT,
  "floor_currency" TEXT,
  "cost_amount" TEXT,
  "cost_currency" TEXT,
  "price_list" TEXT,
  "bundle" BLOB NOT NULL,
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "tax_currency" TEXT NOT NULL,
  "gross_minor" INTEGER NOT NULL,
  "gross_currency" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "quote_line_by_quote" ON "quote_line" (tenant, "quote", "ordinal", id);

CREATE INDEX IF NOT EXISTS "quote_line_by_product" ON "quote_line" (tenant, "product", "customer", id);

CREATE INDEX IF NOT EXISTS "quote_line_by_customer" ON "quote_line" (tenant, "customer", "product", id);

CREATE INDEX IF NOT EXISTS "quote_line_by_bundle" ON "quote_line" (tenant, "bundle", id);

CREATE VIEW "crm_v_quote_line" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "quote" <> zeroblob(16) THEN substr(lower(hex("quote")), 1, 8) || '-' || substr(lower(hex("quote")), 9, 4) || '-' || substr(lower(hex("quote")), 13, 4) || '-' || substr(lower(hex("quote")), 17, 4) || '-' || substr(lower(hex("quote")), 21, 12) END AS "quote",
  "ordinal",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "description",
  "quantity",
  "unit_price_amount",
  "unit_price_currency",
  "discount",
  "discount_amount_minor" / CASE WHEN "discount_amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "discount_amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "discount_amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "discount_amount",
  "discount_amount_minor",
  "discount_amount_currency",
  "tax_rate",
  "list_price_amount",
  "list_price_currency",
  "floor_amount",
  "floor_currency",
  "cost_amount",
  "cost_currency",
  "price_list",
  CASE WHEN "bundle" <> zeroblob(16) THEN substr(lower(hex("bundle")), 1, 8) || '-' || substr(lower(hex("bundle")), 9, 4) || '-' || substr(lower(hex("bundle")), 13, 4) || '-' || substr(lower(hex("bundle")), 17, 4) || '-' || substr(lower(hex("bundle")), 21, 12) END AS "bundle",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  "tax_minor" / CASE WHEN "tax_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "tax_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "tax_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "tax",
  "tax_minor",
  "tax_currency",
  "gross_minor" / CASE WHEN "gross_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "gross_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "gross_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "gross",
  "gross_minor",
  "gross_currency",
  ext
FROM "quote_line" WHERE deleted = 0;

CREATE TABLE "document_series" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "entity" TEXT NOT NULL CHECK ("entity" IN ('quote', 'contract', 'order')),
  "by" TEXT NOT NULL CHECK ("by" IN ('engine', 'host')),
  "prefix" TEXT NOT NULL,
  "given" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "document_series_by_entity" ON "document_series" (tenant, "entity", id);

CREATE UNIQUE INDEX IF NOT EXISTS "document_series_by_entity_unique" ON "document_series" (tenant, "entity") WHERE deleted = 0;

CREATE VIEW "crm_v_document_series" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "entity",
  "by",
  "prefix",
  "given",
  ext
FROM "document_series" WHERE deleted = 0;

CREATE TABLE "document" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "reference" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "media_type" TEXT NOT NULL,
  "added_by" BLOB NOT NULL,
  "added_at" INTEGER NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('unchecked', 'sound', 'altered', 'missing')),
  "checked_at" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "document_by_subject" ON "document" (tenant, "subject", "added_at", id);

CREATE INDEX IF NOT EXISTS "document_by_state" ON "document" (tenant, "state", "added_at", id);

CREATE VIEW "crm_v_document" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "subject_kind",
  CASE WHEN "subject" <> zeroblob(16) THEN substr(lower(hex("subject")), 1, 8) || '-' || substr(lower(hex("subject")), 9, 4) || '-' || substr(lower(hex("subject")), 13, 4) || '-' || substr(lower(hex("subject")), 17, 4) || '-' || substr(lower(hex("subject")), 21, 12) END AS "subject",
  "name",
  "reference",
  "hash",
  "media_type",
  CASE WHEN "added_by" <> zeroblob(16) THEN substr(lower(hex("added_by")), 1, 8) || '-' || substr(lower(hex("added_by")), 9, 4) || '-' || substr(lower(hex("added_by")), 13, 4) || '-' || substr(lower(hex("added_by")), 17, 4) || '-' || substr(lower(hex("added_by")), 21, 12) END AS "added_by",
  strftime('%Y-%m-%dT%H:%M:%S', ("added_at" - (("added_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("added_at" % 1000000 + 1000000) % 1000000)) AS "added_at",
  "state",
  strftime('%Y-%m-%dT%H:%M:%S', ("checked_at" - (("checked_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("checked_at" % 1000000 + 1000000) % 1000000)) AS "checked_at",
  ext
FROM "document" WHERE deleted = 0;

CREATE TABLE "contract" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "number" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "quote" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('draft', 'in_approval', 'approved', 'active', 'expired', 'terminated', 'withdrawn')),
  "our_party" TEXT,
  "their_party" TEXT,
  "agreed" TEXT NOT NULL,
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "tax_currency" TEXT NOT NULL,
  "gross_minor" INTEGER NOT NULL,
  "gross_currency" TEXT NOT NULL,
  "starts_on" TEXT NOT NULL,
  "ends_on" TEXT,
  "notice_days" INTEGER NOT NULL,
  "signed_revision" INTEGER NOT NULL,
  "signed_on" TEXT,
  "created_at" INTEGER NOT NULL,
  "ended_at" INTEGER,
  "terminated_on" TEXT,
  "reason" TEXT,
  "previous" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "contract_by_number" ON "contract" (tenant, "number", id);

CREATE UNIQUE INDEX IF NOT EXISTS "contract_by_number_unique" ON "contract" (tenant, "number") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "contract_by_customer" ON "contract" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "contract_by_opportunity" ON "contract" (tenant, "opportunity", "created_at", id);

CREATE INDEX IF NOT EXISTS "contract_by_contact" ON "contract" (tenant, "contact", "created_at", id);

CREATE INDEX IF NOT EXISTS "contract_by_quote" ON "contract" (tenant, "quote", id);

CREATE INDEX IF NOT EXISTS "contract_by_state" ON "contract" (tenant, "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "contract_by_previous" ON "contract" (tenant, "previous", id);

CREATE INDEX IF NOT EXISTS "contract_by_owner" ON "contract" (tenant, "owner", "state", id);

CREATE VIEW "crm_v_contract" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "number",
  "revision",
  "name",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "quote" <> zeroblob(16) THEN substr(lower(hex("quote")), 1, 8) || '-' || substr(lower(hex("quote")), 9, 4) || '-' || substr(lower(hex("quote")), 13, 4) || '-' || substr(lower(hex("quote")), 17, 4) || '-' || substr(lower(hex("quote")), 21, 12) END AS "quote",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  "state",
  "our_party",
  "their_party",
  "agreed",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  "tax_minor" / CASE WHEN "tax_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "tax_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "tax_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "tax",
  "tax_minor",
  "tax_currency",
  "gross_minor" / CASE WHEN "gross_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "gross_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "gross_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "gross",
  "gross_minor",
  "gross_currency",
  "starts_on",
  "ends_on",
  "notice_days",
  "signed_revision",
  "signed_on",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("ended_at" - (("ended_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("ended_at" % 1000000 + 1000000) % 1000000)) AS "ended_at",
  "terminated_on",
  "reason",
  CASE WHEN "previous" <> zeroblob(16) THEN substr(lower(hex("previous")), 1, 8) || '-' || substr(lower(hex("previous")), 9, 4) || '-' || substr(lower(hex("previous")), 13, 4) || '-' || substr(lower(hex("previous")), 17, 4) || '-' || substr(lower(hex("previous")), 21, 12) END AS "previous",
  ext
FROM "contract" WHERE deleted = 0;

CREATE TABLE "contract_version" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "contract" BLOB NOT NULL,
  "revision" INTEGER NOT NULL,
  "changes" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "contract_version_by_contract" ON "contract_version" (tenant, "contract", "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "contract_version_by_contract_unique" ON "contract_version" (tenant, "contract", "revision") WHERE deleted = 0;

CREATE VIEW "crm_v_contract_version" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "contract" <> zeroblob(16) THEN substr(lower(hex("contract")), 1, 8) || '-' || substr(lower(hex("contract")), 9, 4) || '-' || substr(lower(hex("contract")), 13, 4) || '-' || substr(lower(hex("contract")), 17, 4) || '-' || substr(lower(hex("contract")), 21, 12) END AS "contract",
  "revision",
  "changes",
  "reason",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "contract_version" WHERE deleted = 0;

CREATE TABLE "contract_signature" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "contract" BLOB NOT NULL,
  "revision" INTEGER NOT NULL,
  "party" TEXT NOT NULL CHECK ("party" IN ('ours', 'theirs')),
  "signed_by" TEXT NOT NULL,
  "signed_on" TEXT NOT NULL,
  "document" BLOB NOT NULL,
  "hash" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "contract_signature_by_contract" ON "contract_signature" (tenant, "contract", "revision", "party", id);

CREATE UNIQUE INDEX IF NOT EXISTS "contract_signature_by_contract_unique" ON "contract_signature" (tenant, "contract", "revision", "party") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "contract_signature_by_document" ON "contract_signature" (tenant, "document", id);

CREATE VIEW "crm_v_contract_signature" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "contract" <> zeroblob(16) THEN substr(lower(hex("contract")), 1, 8) || '-' || substr(lower(hex("contract")), 9, 4) || '-' || substr(lower(hex("contract")), 13, 4) || '-' || substr(lower(hex("contract")), 17, 4) || '-' || substr(lower(hex("contract")), 21, 12) END AS "contract",
  "revision",
  "party",
  "signed_by",
  "signed_on",
  CASE WHEN "document" <> zeroblob(16) THEN substr(lower(hex("document")), 1, 8) || '-' || substr(lower(hex("document")), 9, 4) || '-' || substr(lower(hex("document")), 13, 4) || '-' || substr(lower(hex("document")), 17, 4) || '-' || substr(lower(hex("document")), 21, 12) END AS "document",
  "hash",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "contract_signature" WHERE deleted = 0;

CREATE TABLE "order" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "number" TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "owner" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('draft', 'in_review', 'confirmed', 'submitted', 'in_delivery', 'delivered', 'completed', 'cancelled')),
  "ordered_on" TEXT NOT NULL,
  "due_on" TEXT,
  "delivery_address" BLOB NOT NULL,
  "billing_address" BLOB NOT NULL,
  "rounding" TEXT NOT NULL CHECK ("rounding" IN ('each_line', 'total')),
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "tax_currency" TEXT NOT NULL,
  "freight_minor" INTEGER NOT NULL,
  "freight_currency" TEXT NOT NULL,
  "total_minor" INTEGER NOT NULL,
  "total_currency" TEXT NOT NULL,
  "terms" TEXT NOT NULL,
  "method" TEXT,
  "revision" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "touched_at" INTEGER NOT NULL,
  "submitted_at" INTEGER,
  "started_on" TEXT,
  "produced_on" TEXT,
  "shipped_on" TEXT,
  "delivered_on" TEXT,
  "completed_on" TEXT,
  "base_total_minor" INTEGER,
  "base_total_currency" TEXT,
  "rate" TEXT,
  "rate_day" TEXT,
  "note" TEXT,
  "zone" TEXT NOT NULL,
  "has_history" INTEGER NOT NULL,
  "cancel_reason" TEXT,
  "quote" BLOB NOT NULL,
  "contract" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_by_number" ON "order" (tenant, "number", id);

CREATE UNIQUE INDEX IF NOT EXISTS "order_by_number_unique" ON "order" (tenant, "number") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "order_by_customer" ON "order" (tenant, "customer", "ordered_on", id);

CREATE INDEX IF NOT EXISTS "order_by_owner" ON "order" (tenant, "owner", "ordered_on", id);

CREATE INDEX IF NOT EXISTS "order_by_state" ON "order" (tenant, "state", "ordered_on", id);

CREATE INDEX IF NOT EXISTS "order_by_opportunity" ON "order" (tenant, "opportunity", "ordered_on", id);

CREATE INDEX IF NOT EXISTS "order_by_day" ON "order" (tenant, "ordered_on", id);

CREATE INDEX IF NOT EXISTS "order_by_contact" ON "order" (tenant, "contact", id);

CREATE INDEX IF NOT EXISTS "order_by_delivery_address" ON "order" (tenant, "delivery_address", id);

CREATE INDEX IF NOT EXISTS "order_by_billing_address" ON "order" (tenant, "billing_address", id);

CREATE INDEX IF NOT EXISTS "order_by_quote" ON "order" (tenant, "quote", id);

CREATE VIEW "crm_v_order" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "number",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "state",
  "ordered_on",
  "due_on",
  CASE WHEN "delivery_address" <> zeroblob(16) THEN substr(lower(hex("delivery_address")), 1, 8) || '-' || substr(lower(hex("delivery_address")), 9, 4) || '-' || substr(lower(hex("delivery_address")), 13, 4) || '-' || substr(lower(hex("delivery_address")), 17, 4) || '-' || substr(lower(hex("delivery_address")), 21, 12) END AS "delivery_address",
  CASE WHEN "billing_address" <> zeroblob(16) THEN substr(lower(hex("billing_address")), 1, 8) || '-' || substr(lower(hex("billing_address")), 9, 4) || '-' || substr(lower(hex("billing_address")), 13, 4) || '-' || substr(lower(hex("billing_address")), 17, 4) || '-' || substr(lower(hex("billing_address")), 21, 12) END AS "billing_address",
  "rounding",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  "tax_minor" / CASE WHEN "tax_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "tax_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "tax_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "tax",
  "tax_minor",
  "tax_currency",
  "freight_minor" / CASE WHEN "freight_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "freight_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "freight_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "freight",
  "freight_minor",
  "freight_currency",
  "total_minor" / CASE WHEN "total_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "total_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "total_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "total",
  "total_minor",
  "total_currency",
  "terms",
  "method",
  "revision",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("touched_at" - (("touched_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("touched_at" % 1000000 + 1000000) % 1000000)) AS "touched_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("submitted_at" - (("submitted_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("submitted_at" % 1000000 + 1000000) % 1000000)) AS "submitted_at",
  "started_on",
  "produced_on",
  "shipped_on",
  "delivered_on",
  "completed_on",
  "base_total_minor" / CASE WHEN "base_total_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "base_total_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "base_total_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "base_total",
  "base_total_minor",
  "base_total_currency",
  "rate",
  "rate_day",
  "note",
  "zone",
  "has_history",
  "cancel_reason",
  CASE WHEN "quote" <> zeroblob(16) THEN substr(lower(hex("quote")), 1, 8) || '-' || substr(lower(hex("quote")), 9, 4) || '-' || substr(lower(hex("quote")), 13, 4) || '-' || substr(lower(hex("quote")), 17, 4) || '-' || substr(lower(hex("quote")), 21, 12) END AS "quote",
  CASE WHEN "contract" <> zeroblob(16) THEN substr(lower(hex("contract")), 1, 8) || '-' || substr(lower(hex("contract")), 9, 4) || '-' || substr(lower(hex("contract")), 13, 4) || '-' || substr(lower(hex("contract")), 17, 4) || '-' || substr(lower(hex("contract")), 21, 12) END AS "contract",
  ext
FROM "order" WHERE deleted = 0;

CREATE TABLE "order_line" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "product" BLOB NOT NULL,
  "text" TEXT,
  "deal_line" BLOB NOT NULL,
  "quantity" TEXT NOT NULL,
  "unit_price_amount" TEXT NOT NULL,
  "unit_price_currency" TEXT NOT NULL,
  "discount" TEXT NOT NULL,
  "tax_rate" TEXT NOT NULL,
  "net_minor" INTEGER NOT NULL,
  "net_currency" TEXT NOT NULL,
  "tax_minor" INTEGER NOT NULL,
  "tax_currency" TEXT NOT NULL,
  "shipped" TEXT NOT NULL,
  "delivered" TEXT NOT NULL,
  "returned" TEXT NOT NULL,
  "quote_line" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_line_by_order" ON "order_line" (tenant, "order", "ordinal", id);

CREATE INDEX IF NOT EXISTS "order_line_by_product" ON "order_line" (tenant, "product", id);

CREATE INDEX IF NOT EXISTS "order_line_by_deal_line" ON "order_line" (tenant, "deal_line", id);

CREATE VIEW "crm_v_order_line" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "ordinal",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "text",
  CASE WHEN "deal_line" <> zeroblob(16) THEN substr(lower(hex("deal_line")), 1, 8) || '-' || substr(lower(hex("deal_line")), 9, 4) || '-' || substr(lower(hex("deal_line")), 13, 4) || '-' || substr(lower(hex("deal_line")), 17, 4) || '-' || substr(lower(hex("deal_line")), 21, 12) END AS "deal_line",
  "quantity",
  "unit_price_amount",
  "unit_price_currency",
  "discount",
  "tax_rate",
  "net_minor" / CASE WHEN "net_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "net_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "net_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "net",
  "net_minor",
  "net_currency",
  "tax_minor" / CASE WHEN "tax_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "tax_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "tax_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "tax",
  "tax_minor",
  "tax_currency",
  "shipped",
  "delivered",
  "returned",
  CASE WHEN "quote_line" <> zeroblob(16) THEN substr(lower(hex("quote_line")), 1, 8) || '-' || substr(lower(hex("quote_line")), 9, 4) || '-' || substr(lower(hex("quote_line")), 13, 4) || '-' || substr(lower(hex("quote_line")), 17, 4) || '-' || substr(lower(hex("quote_line")), 21, 12) END AS "quote_line",
  ext
FROM "order_line" WHERE deleted = 0;

CREATE TABLE "order_step" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "step" TEXT NOT NULL CHECK ("step" IN ('create', 'edit', 'request_review', 'reject', 'confirm', 'submit', 'change', 'ship', 'deliver', 'return', 'complete', 'cancel')),
  "from" TEXT CHECK ("from" IN ('draft', 'in_review', 'confirmed', 'submitted', 'in_delivery', 'delivered', 'completed', 'cancelled')),
  "to" TEXT NOT NULL CHECK ("to" IN ('draft', 'in_review', 'confirmed', 'submitted', 'in_delivery', 'delivered', 'completed', 'cancelled')),
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_step_by_order" ON "order_step" (tenant, "order", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "order_step_by_order_unique" ON "order_step" (tenant, "order", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "order_step_by_at" ON "order_step" (tenant, "at", id);

CREATE VIEW "crm_v_order_step" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "ordinal",
  "step",
  "from",
  "to",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "reason",
  ext
FROM "order_step" WHERE deleted = 0;

CREATE TABLE "order_change" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "revision" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "reason" TEXT NOT NULL,
  "total_before_minor" INTEGER NOT NULL,
  "total_before_currency" TEXT NOT NULL,
  "total_after_minor" INTEGER NOT NULL,
  "total_after_currency" TEXT NOT NULL,
  "difference" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_change_by_order" ON "order_change" (tenant, "order", "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "order_change_by_order_unique" ON "order_change" (tenant, "order", "revision") WHERE deleted = 0;

CREATE VIEW "crm_v_order_change" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "revision",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "reason",
  "total_before_minor" / CASE WHEN "total_before_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "total_before_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "total_before_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "total_before",
  "total_before_minor",
  "total_before_currency",
  "total_after_minor" / CASE WHEN "total_after_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "total_after_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "total_after_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "total_after",
  "total_after_minor",
  "total_after_currency",
  "difference",
  ext
FROM "order_change" WHERE deleted = 0;

CREATE TABLE "order_event" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "order_number" TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('production_started', 'production_finished', 'shipped', 'delivered', 'returned', 'quality_issue', 'quality_resolved', 'logistics')),
  "line" INTEGER,
  "quantity" TEXT,
  "occurred_at" INTEGER NOT NULL,
  "received_at" INTEGER NOT NULL,
  "status" TEXT NOT NULL CHECK ("status" IN ('applied', 'parked')),
  "reason" TEXT,
  "note" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_event_by_key" ON "order_event" (tenant, "source", "key", id);

CREATE UNIQUE INDEX IF NOT EXISTS "order_event_by_key_unique" ON "order_event" (tenant, "source", "key") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "order_event_by_order" ON "order_event" (tenant, "order", "occurred_at", id);

CREATE INDEX IF NOT EXISTS "order_event_by_status" ON "order_event" (tenant, "status", "received_at", id);

CREATE INDEX IF NOT EXISTS "order_event_by_number" ON "order_event" (tenant, "order_number", id);

CREATE VIEW "crm_v_order_event" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "source",
  "key",
  "order_number",
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "kind",
  "line",
  "quantity",
  strftime('%Y-%m-%dT%H:%M:%S', ("occurred_at" - (("occurred_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("occurred_at" % 1000000 + 1000000) % 1000000)) AS "occurred_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("received_at" - (("received_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("received_at" % 1000000 + 1000000) % 1000000)) AS "received_at",
  "status",
  "reason",
  "note",
  ext
FROM "order_event" WHERE deleted = 0;

CREATE TABLE "order_exception" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('late', 'quality', 'return_unmatched', 'short')),
  "since" INTEGER NOT NULL,
  "opened_at" INTEGER NOT NULL,
  "open" INTEGER NOT NULL,
  "cleared_at" INTEGER,
  "evidence" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "order_exception_by_order" ON "order_exception" (tenant, "order", "since", id);

CREATE INDEX IF NOT EXISTS "order_exception_by_open" ON "order_exception" (tenant, "open", "since", id);

CREATE VIEW "crm_v_order_exception" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "kind",
  strftime('%Y-%m-%dT%H:%M:%S', ("since" - (("since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("since" % 1000000 + 1000000) % 1000000)) AS "since",
  strftime('%Y-%m-%dT%H:%M:%S', ("opened_at" - (("opened_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("opened_at" % 1000000 + 1000000) % 1000000)) AS "opened_at",
  "open",
  strftime('%Y-%m-%dT%H:%M:%S', ("cleared_at" - (("cleared_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("cleared_at" % 1000000 + 1000000) % 1000000)) AS "cleared_at",
  "evidence",
  ext
FROM "order_exception" WHERE deleted = 0;

CREATE TABLE "order_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "remind_days" INTEGER NOT NULL,
  "alerts" TEXT NOT NULL,
  "complete_on_delivery" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW "crm_v_order_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "remind_days",
  "alerts",
  "complete_on_delivery",
  ext
FROM "order_policy" WHERE deleted = 0;

CREATE TABLE "instalment" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "paid_minor" INTEGER NOT NULL,
  "paid_currency" TEXT NOT NULL,
  "credited_minor" INTEGER NOT NULL,
  "credited_currency" TEXT NOT NULL,
  "due" TEXT NOT NULL,
  "due_on" TEXT,
  "open" INTEGER NOT NULL,
  "zone" TEXT NOT NULL,
  "booked_on" TEXT NOT NULL,
  "settled_on" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "instalment_by_order" ON "instalment" (tenant, "order", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "instalment_by_order_unique" ON "instalment" (tenant, "order", "ordinal") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "instalment_by_customer" ON "instalment" (tenant, "customer", "open", id);

CREATE INDEX IF NOT EXISTS "instalment_by_open" ON "instalment" (tenant, "open", id);

CREATE VIEW "crm_v_instalment" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "ordinal",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "paid_minor" / CASE WHEN "paid_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "paid_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "paid_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "paid",
  "paid_minor",
  "paid_currency",
  "credited_minor" / CASE WHEN "credited_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "credited_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "credited_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "credited",
  "credited_minor",
  "credited_currency",
  "due",
  "due_on",
  "open",
  "zone",
  "booked_on",
  "settled_on",
  ext
FROM "instalment" WHERE deleted = 0;

CREATE TABLE "payment" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "received_on" TEXT NOT NULL,
  "method" TEXT,
  "reference" TEXT,
  "allocated_minor" INTEGER NOT NULL,
  "allocated_currency" TEXT NOT NULL,
  "refunded_minor" INTEGER NOT NULL,
  "refunded_currency" TEXT NOT NULL,
  "has_credit" INTEGER NOT NULL,
  "voided_at" INTEGER,
  "void_reason" TEXT,
  "recorded_at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "base_amount_minor" INTEGER,
  "base_amount_currency" TEXT,
  "rate" TEXT,
  "rate_day" TEXT,
  "note" TEXT,
  "mark" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "payment_by_customer" ON "payment" (tenant, "customer", "received_on", id);

CREATE INDEX IF NOT EXISTS "payment_by_credit" ON "payment" (tenant, "customer", "has_credit", "received_on", id);

CREATE INDEX IF NOT EXISTS "payment_by_mark" ON "payment" (tenant, "mark", id);

CREATE UNIQUE INDEX IF NOT EXISTS "payment_by_mark_unique" ON "payment" (tenant, "mark") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "payment_by_day" ON "payment" (tenant, "received_on", id);

CREATE VIEW "crm_v_payment" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "received_on",
  "method",
  "reference",
  "allocated_minor" / CASE WHEN "allocated_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "allocated_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "allocated_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "allocated",
  "allocated_minor",
  "allocated_currency",
  "refunded_minor" / CASE WHEN "refunded_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "refunded_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "refunded_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "refunded",
  "refunded_minor",
  "refunded_currency",
  "has_credit",
  strftime('%Y-%m-%dT%H:%M:%S', ("voided_at" - (("voided_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("voided_at" % 1000000 + 1000000) % 1000000)) AS "voided_at",
  "void_reason",
  strftime('%Y-%m-%dT%H:%M:%S', ("recorded_at" - (("recorded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("recorded_at" % 1000000 + 1000000) % 1000000)) AS "recorded_at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "base_amount_minor" / CASE WHEN "base_amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "base_amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "base_amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "base_amount",
  "base_amount_minor",
  "base_amount_currency",
  "rate",
  "rate_day",
  "note",
  "mark",
  ext
FROM "payment" WHERE deleted = 0;

CREATE TABLE "allocation" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "payment" BLOB NOT NULL,
  "instalment" BLOB NOT NULL,
  "order" BLOB NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "allocation_by_payment" ON "allocation" (tenant, "payment", "at", id);

CREATE INDEX IF NOT EXISTS "allocation_by_instalment" ON "allocation" (tenant, "instalment", "at", id);

CREATE INDEX IF NOT EXISTS "allocation_by_order" ON "allocation" (tenant, "order", "at", id);

CREATE VIEW "crm_v_allocation" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "payment" <> zeroblob(16) THEN substr(lower(hex("payment")), 1, 8) || '-' || substr(lower(hex("payment")), 9, 4) || '-' || substr(lower(hex("payment")), 13, 4) || '-' || substr(lower(hex("payment")), 17, 4) || '-' || substr(lower(hex("payment")), 21, 12) END AS "payment",
  CASE WHEN "instalment" <> zeroblob(16) THEN substr(lower(hex("instalment")), 1, 8) || '-' || substr(lower(hex("instalment")), 9, 4) || '-' || substr(lower(hex("instalment")), 13, 4) || '-' || substr(lower(hex("instalment")), 17, 4) || '-' || substr(lower(hex("instalment")), 21, 12) END AS "instalment",
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  ext
FROM "allocation" WHERE deleted = 0;

CREATE TABLE "credit" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "order" BLOB NOT NULL,
  "instalment" BLOB NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "cause" TEXT NOT NULL CHECK ("cause" IN ('cancel', 'return', 'goodwill', 'write_off')),
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "credit_by_order" ON "credit" (tenant, "order", "at", id);

CREATE VIEW "crm_v_credit" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  CASE WHEN "instalment" <> zeroblob(16) THEN substr(lower(hex("instalment")), 1, 8) || '-' || substr(lower(hex("instalment")), 9, 4) || '-' || substr(lower(hex("instalment")), 13, 4) || '-' || substr(lower(hex("instalment")), 17, 4) || '-' || substr(lower(hex("instalment")), 21, 12) END AS "instalment",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "cause",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "reason",
  ext
FROM "credit" WHERE deleted = 0;

CREATE TABLE "refund" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "payment" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  "reference" TEXT,
  "reason" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "refund_by_payment" ON "refund" (tenant, "payment", "at", id);

CREATE INDEX IF NOT EXISTS "refund_by_customer" ON "refund" (tenant, "customer", "at", id);

CREATE VIEW "crm_v_refund" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "payment" <> zeroblob(16) THEN substr(lower(hex("payment")), 1, 8) || '-' || substr(lower(hex("payment")), 9, 4) || '-' || substr(lower(hex("payment")), 13, 4) || '-' || substr(lower(hex("payment")), 17, 4) || '-' || substr(lower(hex("payment")), 21, 12) END AS "payment",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  "reference",
  "reason",
  ext
FROM "refund" WHERE deleted = 0;

CREATE TABLE "exchange_rate" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "from" TEXT NOT NULL,
  "to" TEXT NOT NULL,
  "day" TEXT NOT NULL,
  "rate" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "exchange_rate_by_pair" ON "exchange_rate" (tenant, "from", "to", "day", id);

CREATE UNIQUE INDEX IF NOT EXISTS "exchange_rate_by_pair_unique" ON "exchange_rate" (tenant, "from", "to", "day") WHERE deleted = 0;

CREATE VIEW "crm_v_exchange_rate" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "from",
  "to",
  "day",
  "rate",
  "source",
  ext
FROM "exchange_rate" WHERE deleted = 0;

CREATE TABLE "payment_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "steps" TEXT NOT NULL,
  "habit_count" INTEGER NOT NULL,
  "habit_percent" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW "crm_v_payment_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "steps",
  "habit_count",
  "habit_percent",
  ext
FROM "payment_policy" WHERE deleted = 0;

CREATE TABLE "dunning" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "instalment" BLOB NOT NULL,
  "order" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "step" TEXT NOT NULL,
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "days" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "dunning_by_instalment" ON "dunning" (tenant, "instalment", "step", id);

CREATE UNIQUE INDEX IF NOT EXISTS "dunning_by_instalment_unique" ON "dunning" (tenant, "instalment", "step") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "dunning_by_customer" ON "dunning" (tenant, "customer", "at", id);

CREATE INDEX IF NOT EXISTS "dunning_by_order" ON "dunning" (tenant, "order", "at", id);

CREATE VIEW "crm_v_dunning" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "instalment" <> zeroblob(16) THEN substr(lower(hex("instalment")), 1, 8) || '-' || substr(lower(hex("instalment")), 9, 4) || '-' || substr(lower(hex("instalment")), 13, 4) || '-' || substr(lower(hex("instalment")), 17, 4) || '-' || substr(lower(hex("instalment")), 21, 12) END AS "instalment",
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "step",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "days",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "dunning" WHERE deleted = 0;

CREATE TABLE "ledger_entry" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "order" BLOB NOT NULL,
  "instalment" BLOB NOT NULL,
  "payment" BLOB NOT NULL,
  "cause" TEXT NOT NULL CHECK ("cause" IN ('order', 'change', 'tax', 'receipt', 'allocation', 'freed', 'refund', 'void', 'credit')),
  "debit" TEXT NOT NULL CHECK ("debit" IN ('receivable', 'revenue', 'tax', 'cash', 'customer_credit', 'returns', 'allowances', 'write_offs')),
  "credit" TEXT NOT NULL CHECK ("credit" IN ('receivable', 'revenue', 'tax', 'cash', 'customer_credit', 'returns', 'allowances', 'write_offs')),
  "amount_minor" INTEGER NOT NULL,
  "amount_currency" TEXT NOT NULL,
  "day" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "ledger_entry_by_seq" ON "ledger_entry" (tenant, seq, id);

CREATE INDEX IF NOT EXISTS "ledger_entry_by_order" ON "ledger_entry" (tenant, "order", "day", id);

CREATE INDEX IF NOT EXISTS "ledger_entry_by_customer" ON "ledger_entry" (tenant, "customer", "day", id);

CREATE VIEW "crm_v_ledger_entry" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "order" <> zeroblob(16) THEN substr(lower(hex("order")), 1, 8) || '-' || substr(lower(hex("order")), 9, 4) || '-' || substr(lower(hex("order")), 13, 4) || '-' || substr(lower(hex("order")), 17, 4) || '-' || substr(lower(hex("order")), 21, 12) END AS "order",
  CASE WHEN "instalment" <> zeroblob(16) THEN substr(lower(hex("instalment")), 1, 8) || '-' || substr(lower(hex("instalment")), 9, 4) || '-' || substr(lower(hex("instalment")), 13, 4) || '-' || substr(lower(hex("instalment")), 17, 4) || '-' || substr(lower(hex("instalment")), 21, 12) END AS "instalment",
  CASE WHEN "payment" <> zeroblob(16) THEN substr(lower(hex("payment")), 1, 8) || '-' || substr(lower(hex("payment")), 9, 4) || '-' || substr(lower(hex("payment")), 13, 4) || '-' || substr(lower(hex("payment")), 17, 4) || '-' || substr(lower(hex("payment")), 21, 12) END AS "payment",
  "cause",
  "debit",
  "credit",
  "amount_minor" / CASE WHEN "amount_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "amount_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "amount_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "amount",
  "amount_minor",
  "amount_currency",
  "day",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "ledger_entry" WHERE deleted = 0;

CREATE TABLE "service_request" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "request_type" TEXT NOT NULL CHECK ("request_type" IN ('question', 'fault', 'maintenance', 'return', 'complaint', 'other')),
  "severity" TEXT NOT NULL CHECK ("severity" IN ('critical', 'high', 'medium', 'low')),
  "subject" TEXT NOT NULL,
  "content" TEXT,
  "state" TEXT NOT NULL CHECK ("state" IN ('new', 'assigned', 'in_work', 'waiting', 'resolved', 'closed', 'cancelled')),
  "handler" BLOB NOT NULL,
  "channel" TEXT CHECK ("channel" IN ('phone', 'email', 'form', 'message', 'visit', 'feedback')),
  "product" BLOB NOT NULL,
  "about_kind" TEXT CHECK ("about_kind" IN ('opportunity', 'product', 'quote', 'contract', 'order', 'order_line', 'service_request')),
  "about" BLOB NOT NULL,
  "received_at" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "author" BLOB NOT NULL,
  "policy" BLOB NOT NULL,
  "responded_at" INTEGER,
  "first_resolved_at" INTEGER,
  "resolved_at" INTEGER,
  "closed_at" INTEGER,
  "reopened" INTEGER NOT NULL,
  "response_level" INTEGER NOT NULL,
  "resolution_level" INTEGER NOT NULL,
  "cause" TEXT,
  "resolution" TEXT,
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "service_request_by_customer" ON "service_request" (tenant, "customer", "received_at", id);

CREATE INDEX IF NOT EXISTS "service_request_by_handler" ON "service_request" (tenant, "handler", "state", "received_at", id);

CREATE INDEX IF NOT EXISTS "service_request_by_state" ON "service_request" (tenant, "state", "received_at", id);

CREATE INDEX IF NOT EXISTS "service_request_by_about" ON "service_request" (tenant, "about", "received_at", id);

CREATE INDEX IF NOT EXISTS "service_request_by_received" ON "service_request" (tenant, "received_at", id);

CREATE INDEX IF NOT EXISTS "service_request_by_contact" ON "service_request" (tenant, "contact", id);

CREATE VIEW "crm_v_service_request" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "request_type",
  "severity",
  "subject",
  "content",
  "state",
  CASE WHEN "handler" <> zeroblob(16) THEN substr(lower(hex("handler")), 1, 8) || '-' || substr(lower(hex("handler")), 9, 4) || '-' || substr(lower(hex("handler")), 13, 4) || '-' || substr(lower(hex("handler")), 17, 4) || '-' || substr(lower(hex("handler")), 21, 12) END AS "handler",
  "channel",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "about_kind",
  CASE WHEN "about" <> zeroblob(16) THEN substr(lower(hex("about")), 1, 8) || '-' || substr(lower(hex("about")), 9, 4) || '-' || substr(lower(hex("about")), 13, 4) || '-' || substr(lower(hex("about")), 17, 4) || '-' || substr(lower(hex("about")), 21, 12) END AS "about",
  strftime('%Y-%m-%dT%H:%M:%S', ("received_at" - (("received_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("received_at" % 1000000 + 1000000) % 1000000)) AS "received_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  CASE WHEN "policy" <> zeroblob(16) THEN substr(lower(hex("policy")), 1, 8) || '-' || substr(lower(hex("policy")), 9, 4) || '-' || substr(lower(hex("policy")), 13, 4) || '-' || substr(lower(hex("policy")), 17, 4) || '-' || substr(lower(hex("policy")), 21, 12) END AS "policy",
  strftime('%Y-%m-%dT%H:%M:%S', ("responded_at" - (("responded_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("responded_at" % 1000000 + 1000000) % 1000000)) AS "responded_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("first_resolved_at" - (("first_resolved_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("first_resolved_at" % 1000000 + 1000000) % 1000000)) AS "first_resolved_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("resolved_at" - (("resolved_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("resolved_at" % 1000000 + 1000000) % 1000000)) AS "resolved_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("closed_at" - (("closed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("closed_at" % 1000000 + 1000000) % 1000000)) AS "closed_at",
  "reopened",
  "response_level",
  "resolution_level",
  "cause",
  "resolution",
  "reason",
  ext
FROM "service_request" WHERE deleted = 0;

CREATE TABLE "service_pause" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "request" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "since" INTEGER NOT NULL,
  "until" INTEGER,
  "cause" TEXT NOT NULL CHECK ("cause" IN ('customer', 'resolved')),
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "service_pause_by_request" ON "service_pause" (tenant, "request", "ordinal", id);

CREATE VIEW "crm_v_service_pause" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "request" <> zeroblob(16) THEN substr(lower(hex("request")), 1, 8) || '-' || substr(lower(hex("request")), 9, 4) || '-' || substr(lower(hex("request")), 13, 4) || '-' || substr(lower(hex("request")), 17, 4) || '-' || substr(lower(hex("request")), 21, 12) END AS "request",
  "ordinal",
  strftime('%Y-%m-%dT%H:%M:%S', ("since" - (("since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("since" % 1000000 + 1000000) % 1000000)) AS "since",
  strftime('%Y-%m-%dT%H:%M:%S', ("until" - (("until" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("until" % 1000000 + 1000000) % 1000000)) AS "until",
  "cause",
  "reason",
  ext
FROM "service_pause" WHERE deleted = 0;

CREATE TABLE "service_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "service_policy_by_revision" ON "service_policy" (tenant, "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "service_policy_by_revision_unique" ON "service_policy" (tenant, "revision") WHERE deleted = 0;

CREATE VIEW "crm_v_service_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "revision",
  "terms",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "service_policy" WHERE deleted = 0;

CREATE TABLE "feedback_request" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "about_kind" TEXT NOT NULL CHECK ("about_kind" IN ('opportunity', 'product', 'quote', 'contract', 'order', 'order_line', 'service_request')),
  "about" BLOB NOT NULL,
  "product" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('planned', 'asked', 'answered', 'expired', 'cancelled', 'skipped')),
  "channel" TEXT CHECK ("channel" IN ('phone', 'mail', 'form')),
  "skipped" TEXT CHECK ("skipped" IN ('opted_out', 'no_address', 'archived')),
  "completed_at" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  "owner" BLOB NOT NULL,
  "token_hash" TEXT NOT NULL,
  "asked_at" INTEGER,
  "expires_at" INTEGER,
  "answered_at" INTEGER,
  "product_score" INTEGER,
  "service_score" INTEGER,
  "scale" INTEGER NOT NULL,
  "low" INTEGER NOT NULL,
  "comment" TEXT,
  "suggestion" TEXT,
  "policy" BLOB NOT NULL,
  "reason" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "feedback_request_by_customer" ON "feedback_request" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "feedback_request_by_state" ON "feedback_request" (tenant, "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "feedback_request_by_token" ON "feedback_request" (tenant, "token_hash", id);

CREATE INDEX IF NOT EXISTS "feedback_request_by_about" ON "feedback_request" (tenant, "about", id);

CREATE INDEX IF NOT EXISTS "feedback_request_by_contact" ON "feedback_request" (tenant, "contact", id);

CREATE VIEW "crm_v_feedback_request" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "about_kind",
  CASE WHEN "about" <> zeroblob(16) THEN substr(lower(hex("about")), 1, 8) || '-' || substr(lower(hex("about")), 9, 4) || '-' || substr(lower(hex("about")), 13, 4) || '-' || substr(lower(hex("about")), 17, 4) || '-' || substr(lower(hex("about")), 21, 12) END AS "about",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "state",
  "channel",
  "skipped",
  strftime('%Y-%m-%dT%H:%M:%S', ("completed_at" - (("completed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("completed_at" % 1000000 + 1000000) % 1000000)) AS "completed_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "token_hash",
  strftime('%Y-%m-%dT%H:%M:%S', ("asked_at" - (("asked_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("asked_at" % 1000000 + 1000000) % 1000000)) AS "asked_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("expires_at" - (("expires_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("expires_at" % 1000000 + 1000000) % 1000000)) AS "expires_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("answered_at" - (("answered_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("answered_at" % 1000000 + 1000000) % 1000000)) AS "answered_at",
  "product_score",
  "service_score",
  "scale",
  "low",
  "comment",
  "suggestion",
  CASE WHEN "policy" <> zeroblob(16) THEN substr(lower(hex("policy")), 1, 8) || '-' || substr(lower(hex("policy")), 9, 4) || '-' || substr(lower(hex("policy")), 13, 4) || '-' || substr(lower(hex("policy")), 17, 4) || '-' || substr(lower(hex("policy")), 21, 12) END AS "policy",
  "reason",
  ext
FROM "feedback_request" WHERE deleted = 0;

CREATE TABLE "issue" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "detail" TEXT,
  "department" TEXT NOT NULL,
  "theme" TEXT NOT NULL,
  "product" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('reported', 'accepted', 'in_work', 'fixed', 'rejected')),
  "owner" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  "fixed_at" INTEGER,
  "answer" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "issue_by_state" ON "issue" (tenant, "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "issue_by_product" ON "issue" (tenant, "product", "theme", id);

CREATE INDEX IF NOT EXISTS "issue_by_created" ON "issue" (tenant, "created_at", id);

CREATE VIEW "crm_v_issue" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "title",
  "detail",
  "department",
  "theme",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "state",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("fixed_at" - (("fixed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("fixed_at" % 1000000 + 1000000) % 1000000)) AS "fixed_at",
  "answer",
  ext
FROM "issue" WHERE deleted = 0;

CREATE TABLE "issue_report" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "issue" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "source_kind" TEXT CHECK ("source_kind" IN ('service_request', 'feedback_request', 'activity', 'opportunity', 'need')),
  "source" BLOB NOT NULL,
  "by" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "told_at" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "issue_report_by_issue" ON "issue_report" (tenant, "issue", "at", id);

CREATE INDEX IF NOT EXISTS "issue_report_by_customer" ON "issue_report" (tenant, "customer", "at", id);

CREATE INDEX IF NOT EXISTS "issue_report_by_source" ON "issue_report" (tenant, "source", id);

CREATE INDEX IF NOT EXISTS "issue_report_by_contact" ON "issue_report" (tenant, "contact", id);

CREATE VIEW "crm_v_issue_report" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "issue" <> zeroblob(16) THEN substr(lower(hex("issue")), 1, 8) || '-' || substr(lower(hex("issue")), 9, 4) || '-' || substr(lower(hex("issue")), 13, 4) || '-' || substr(lower(hex("issue")), 17, 4) || '-' || substr(lower(hex("issue")), 21, 12) END AS "issue",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "source_kind",
  CASE WHEN "source" <> zeroblob(16) THEN substr(lower(hex("source")), 1, 8) || '-' || substr(lower(hex("source")), 9, 4) || '-' || substr(lower(hex("source")), 13, 4) || '-' || substr(lower(hex("source")), 17, 4) || '-' || substr(lower(hex("source")), 21, 12) END AS "source",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  strftime('%Y-%m-%dT%H:%M:%S', ("told_at" - (("told_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("told_at" % 1000000 + 1000000) % 1000000)) AS "told_at",
  ext
FROM "issue_report" WHERE deleted = 0;

CREATE TABLE "need" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('need', 'concern', 'objection')),
  "product" BLOB NOT NULL,
  "text" TEXT NOT NULL,
  "budget_minor" INTEGER,
  "budget_currency" TEXT,
  "urgency" TEXT CHECK ("urgency" IN ('low', 'normal', 'high', 'critical')),
  "state" TEXT NOT NULL CHECK ("state" IN ('open', 'resolved', 'dropped')),
  "resolution" TEXT,
  "settled_at" INTEGER,
  "settled_by" BLOB NOT NULL,
  "activity" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "need_by_customer" ON "need" (tenant, "customer", "created_at", id);

CREATE INDEX IF NOT EXISTS "need_by_product" ON "need" (tenant, "product", "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "need_by_opportunity" ON "need" (tenant, "opportunity", "created_at", id);

CREATE INDEX IF NOT EXISTS "need_by_customer_state" ON "need" (tenant, "customer", "state", "created_at", id);

CREATE INDEX IF NOT EXISTS "need_by_contact" ON "need" (tenant, "contact", "created_at", id);

CREATE INDEX IF NOT EXISTS "need_by_activity" ON "need" (tenant, "activity", id);

CREATE VIEW "crm_v_need" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "kind",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  "text",
  "budget_minor" / CASE WHEN "budget_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "budget_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "budget_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "budget",
  "budget_minor",
  "budget_currency",
  "urgency",
  "state",
  "resolution",
  strftime('%Y-%m-%dT%H:%M:%S', ("settled_at" - (("settled_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("settled_at" % 1000000 + 1000000) % 1000000)) AS "settled_at",
  CASE WHEN "settled_by" <> zeroblob(16) THEN substr(lower(hex("settled_by")), 1, 8) || '-' || substr(lower(hex("settled_by")), 9, 4) || '-' || substr(lower(hex("settled_by")), 13, 4) || '-' || substr(lower(hex("settled_by")), 17, 4) || '-' || substr(lower(hex("settled_by")), 21, 12) END AS "settled_by",
  CASE WHEN "activity" <> zeroblob(16) THEN substr(lower(hex("activity")), 1, 8) || '-' || substr(lower(hex("activity")), 9, 4) || '-' || substr(lower(hex("activity")), 13, 4) || '-' || substr(lower(hex("activity")), 17, 4) || '-' || substr(lower(hex("activity")), 21, 12) END AS "activity",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "need" WHERE deleted = 0;

CREATE TABLE "strategy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "product_plan" TEXT,
  "price_plan" TEXT,
  "promotion" TEXT,
  "cause" TEXT NOT NULL,
  "author" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "strategy_by_opportunity" ON "strategy" (tenant, "opportunity", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "strategy_by_opportunity_unique" ON "strategy" (tenant, "opportunity", "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_strategy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "ordinal",
  "product_plan",
  "price_plan",
  "promotion",
  "cause",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "strategy" WHERE deleted = 0;

CREATE TABLE "deal_member" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "user" BLOB NOT NULL,
  "role" TEXT NOT NULL,
  "credit_basis_points" INTEGER NOT NULL,
  "joined_at" INTEGER NOT NULL,
  "left_at" INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "deal_member_by_opportunity" ON "deal_member" (tenant, "opportunity", "user", id);

CREATE UNIQUE INDEX IF NOT EXISTS "deal_member_by_opportunity_unique" ON "deal_member" (tenant, "opportunity", "user") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "deal_member_by_user" ON "deal_member" (tenant, "user", id);

CREATE VIEW "crm_v_deal_member" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "user" <> zeroblob(16) THEN substr(lower(hex("user")), 1, 8) || '-' || substr(lower(hex("user")), 9, 4) || '-' || substr(lower(hex("user")), 13, 4) || '-' || substr(lower(hex("user")), 17, 4) || '-' || substr(lower(hex("user")), 21, 12) END AS "user",
  "role",
  "credit_basis_points",
  strftime('%Y-%m-%dT%H:%M:%S', ("joined_at" - (("joined_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("joined_at" % 1000000 + 1000000) % 1000000)) AS "joined_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("left_at" - (("left_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("left_at" % 1000000 + 1000000) % 1000000)) AS "left_at",
  ext
FROM "deal_member" WHERE deleted = 0;

CREATE TABLE "competitor" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "strengths" TEXT,
  "weaknesses" TEXT,
  "active" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "competitor_by_name" ON "competitor" (tenant, "name", id);

CREATE UNIQUE INDEX IF NOT EXISTS "competitor_by_name_unique" ON "competitor" (tenant, "name") WHERE deleted = 0;

CREATE VIEW "crm_v_competitor" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "name",
  "strengths",
  "weaknesses",
  "active",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "competitor" WHERE deleted = 0;

CREATE TABLE "deal_competitor" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "competitor" BLOB NOT NULL,
  "status" TEXT NOT NULL CHECK ("status" IN ('suspected', 'competing', 'leading', 'out', 'won')),
  "strengths" TEXT,
  "price_minor" INTEGER,
  "price_currency" TEXT,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "deal_competitor_by_opportunity" ON "deal_competitor" (tenant, "opportunity", "competitor", id);

CREATE UNIQUE INDEX IF NOT EXISTS "deal_competitor_by_opportunity_unique" ON "deal_competitor" (tenant, "opportunity", "competitor") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "deal_competitor_by_competitor" ON "deal_competitor" (tenant, "competitor", id);

CREATE VIEW "crm_v_deal_competitor" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "competitor" <> zeroblob(16) THEN substr(lower(hex("competitor")), 1, 8) || '-' || substr(lower(hex("competitor")), 9, 4) || '-' || substr(lower(hex("competitor")), 13, 4) || '-' || substr(lower(hex("competitor")), 17, 4) || '-' || substr(lower(hex("competitor")), 21, 12) END AS "competitor",
  "status",
  "strengths",
  "price_minor" / CASE WHEN "price_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "price_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "price_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "price",
  "price_minor",
  "price_currency",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "deal_competitor" WHERE deleted = 0;

CREATE TABLE "deal_slumber" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "quiet_since" INTEGER NOT NULL,
  "dormant_at" INTEGER NOT NULL,
  "revived_at" INTEGER,
  "revived_by" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "deal_slumber_by_opportunity" ON "deal_slumber" (tenant, "opportunity", "quiet_since", id);

CREATE UNIQUE INDEX IF NOT EXISTS "deal_slumber_by_opportunity_unique" ON "deal_slumber" (tenant, "opportunity", "quiet_since") WHERE deleted = 0;

CREATE VIEW "crm_v_deal_slumber" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  strftime('%Y-%m-%dT%H:%M:%S', ("quiet_since" - (("quiet_since" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("quiet_since" % 1000000 + 1000000) % 1000000)) AS "quiet_since",
  strftime('%Y-%m-%dT%H:%M:%S', ("dormant_at" - (("dormant_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("dormant_at" % 1000000 + 1000000) % 1000000)) AS "dormant_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("revived_at" - (("revived_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("revived_at" % 1000000 + 1000000) % 1000000)) AS "revived_at",
  CASE WHEN "revived_by" <> zeroblob(16) THEN substr(lower(hex("revived_by")), 1, 8) || '-' || substr(lower(hex("revived_by")), 9, 4) || '-' || substr(lower(hex("revived_by")), 13, 4) || '-' || substr(lower(hex("revived_by")), 17, 4) || '-' || substr(lower(hex("revived_by")), 21, 12) END AS "revived_by",
  ext
FROM "deal_slumber" WHERE deleted = 0;

CREATE TABLE "milestone" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "opportunity" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('survey', 'design', 'delivery', 'acceptance', 'other')),
  "due_on" TEXT NOT NULL,
  "owner" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('planned', 'reached', 'cancelled')),
  "reached_at" INTEGER,
  "reached_by" BLOB NOT NULL,
  "note" TEXT,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "milestone_by_opportunity" ON "milestone" (tenant, "opportunity", "ordinal", id);

CREATE INDEX IF NOT EXISTS "milestone_by_due" ON "milestone" (tenant, "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "milestone_by_owner" ON "milestone" (tenant, "owner", "state", "due_on", id);

CREATE VIEW "crm_v_milestone" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  "ordinal",
  "name",
  "kind",
  "due_on",
  CASE WHEN "owner" <> zeroblob(16) THEN substr(lower(hex("owner")), 1, 8) || '-' || substr(lower(hex("owner")), 9, 4) || '-' || substr(lower(hex("owner")), 13, 4) || '-' || substr(lower(hex("owner")), 17, 4) || '-' || substr(lower(hex("owner")), 21, 12) END AS "owner",
  "state",
  strftime('%Y-%m-%dT%H:%M:%S', ("reached_at" - (("reached_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("reached_at" % 1000000 + 1000000) % 1000000)) AS "reached_at",
  CASE WHEN "reached_by" <> zeroblob(16) THEN substr(lower(hex("reached_by")), 1, 8) || '-' || substr(lower(hex("reached_by")), 9, 4) || '-' || substr(lower(hex("reached_by")), 13, 4) || '-' || substr(lower(hex("reached_by")), 17, 4) || '-' || substr(lower(hex("reached_by")), 21, 12) END AS "reached_by",
  "note",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "milestone" WHERE deleted = 0;

CREATE TABLE "stage_guide" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "stage" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "text" TEXT,
  "author" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "stage_guide_by_stage" ON "stage_guide" (tenant, "stage", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "stage_guide_by_stage_unique" ON "stage_guide" (tenant, "stage", "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_stage_guide" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "stage" <> zeroblob(16) THEN substr(lower(hex("stage")), 1, 8) || '-' || substr(lower(hex("stage")), 9, 4) || '-' || substr(lower(hex("stage")), 13, 4) || '-' || substr(lower(hex("stage")), 17, 4) || '-' || substr(lower(hex("stage")), 21, 12) END AS "stage",
  "ordinal",
  "text",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "stage_guide" WHERE deleted = 0;

CREATE TABLE "promise" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "opportunity" BLOB NOT NULL,
  "promiser" BLOB NOT NULL,
  "text" TEXT NOT NULL,
  "due_on" TEXT NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('open', 'kept', 'broken', 'waived', 'removed')),
  "activity" BLOB NOT NULL,
  "outcome" TEXT,
  "settled_at" INTEGER,
  "settled_by" BLOB NOT NULL,
  "revision" INTEGER NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "promise_by_customer" ON "promise" (tenant, "customer", "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "promise_by_promiser" ON "promise" (tenant, "promiser", "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "promise_by_due" ON "promise" (tenant, "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "promise_by_opportunity" ON "promise" (tenant, "opportunity", "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "promise_by_contact" ON "promise" (tenant, "contact", "state", "due_on", id);

CREATE INDEX IF NOT EXISTS "promise_by_activity" ON "promise" (tenant, "activity", id);

CREATE VIEW "crm_v_promise" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  CASE WHEN "opportunity" <> zeroblob(16) THEN substr(lower(hex("opportunity")), 1, 8) || '-' || substr(lower(hex("opportunity")), 9, 4) || '-' || substr(lower(hex("opportunity")), 13, 4) || '-' || substr(lower(hex("opportunity")), 17, 4) || '-' || substr(lower(hex("opportunity")), 21, 12) END AS "opportunity",
  CASE WHEN "promiser" <> zeroblob(16) THEN substr(lower(hex("promiser")), 1, 8) || '-' || substr(lower(hex("promiser")), 9, 4) || '-' || substr(lower(hex("promiser")), 13, 4) || '-' || substr(lower(hex("promiser")), 17, 4) || '-' || substr(lower(hex("promiser")), 21, 12) END AS "promiser",
  "text",
  "due_on",
  "state",
  CASE WHEN "activity" <> zeroblob(16) THEN substr(lower(hex("activity")), 1, 8) || '-' || substr(lower(hex("activity")), 9, 4) || '-' || substr(lower(hex("activity")), 13, 4) || '-' || substr(lower(hex("activity")), 17, 4) || '-' || substr(lower(hex("activity")), 21, 12) END AS "activity",
  "outcome",
  strftime('%Y-%m-%dT%H:%M:%S', ("settled_at" - (("settled_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("settled_at" % 1000000 + 1000000) % 1000000)) AS "settled_at",
  CASE WHEN "settled_by" <> zeroblob(16) THEN substr(lower(hex("settled_by")), 1, 8) || '-' || substr(lower(hex("settled_by")), 9, 4) || '-' || substr(lower(hex("settled_by")), 13, 4) || '-' || substr(lower(hex("settled_by")), 17, 4) || '-' || substr(lower(hex("settled_by")), 21, 12) END AS "settled_by",
  "revision",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "promise" WHERE deleted = 0;

CREATE TABLE "promise_version" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "promise" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  "due_on" TEXT NOT NULL,
  "step" TEXT NOT NULL CHECK ("step" IN ('amend', 'keep', 'break', 'waive', 'reopen', 'remove')),
  "state" TEXT NOT NULL CHECK ("state" IN ('open', 'kept', 'broken', 'waived', 'removed')),
  "reason" TEXT,
  "author" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "promise_version_by_promise" ON "promise_version" (tenant, "promise", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "promise_version_by_promise_unique" ON "promise_version" (tenant, "promise", "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_promise_version" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "promise" <> zeroblob(16) THEN substr(lower(hex("promise")), 1, 8) || '-' || substr(lower(hex("promise")), 9, 4) || '-' || substr(lower(hex("promise")), 13, 4) || '-' || substr(lower(hex("promise")), 17, 4) || '-' || substr(lower(hex("promise")), 21, 12) END AS "promise",
  "ordinal",
  "text",
  "due_on",
  "step",
  "state",
  "reason",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "promise_version" WHERE deleted = 0;

CREATE TABLE "process_change" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "pipeline" BLOB NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('draft', 'applying', 'applied', 'discarded')),
  "definition" TEXT NOT NULL,
  "reason" TEXT,
  "author" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  "applied_at" INTEGER,
  "finished_at" INTEGER,
  "reversal" BLOB,
  "left" TEXT,
  "moved" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "process_change_by_pipeline" ON "process_change" (tenant, "pipeline", "created_at", id);

CREATE INDEX IF NOT EXISTS "process_change_by_state" ON "process_change" (tenant, "state", "created_at", id);

CREATE VIEW "crm_v_process_change" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "pipeline" <> zeroblob(16) THEN substr(lower(hex("pipeline")), 1, 8) || '-' || substr(lower(hex("pipeline")), 9, 4) || '-' || substr(lower(hex("pipeline")), 13, 4) || '-' || substr(lower(hex("pipeline")), 17, 4) || '-' || substr(lower(hex("pipeline")), 21, 12) END AS "pipeline",
  "state",
  "definition",
  "reason",
  CASE WHEN "author" <> zeroblob(16) THEN substr(lower(hex("author")), 1, 8) || '-' || substr(lower(hex("author")), 9, 4) || '-' || substr(lower(hex("author")), 13, 4) || '-' || substr(lower(hex("author")), 17, 4) || '-' || substr(lower(hex("author")), 21, 12) END AS "author",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("applied_at" - (("applied_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("applied_at" % 1000000 + 1000000) % 1000000)) AS "applied_at",
  strftime('%Y-%m-%dT%H:%M:%S', ("finished_at" - (("finished_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("finished_at" % 1000000 + 1000000) % 1000000)) AS "finished_at",
  CASE WHEN "reversal" <> zeroblob(16) THEN substr(lower(hex("reversal")), 1, 8) || '-' || substr(lower(hex("reversal")), 9, 4) || '-' || substr(lower(hex("reversal")), 13, 4) || '-' || substr(lower(hex("reversal")), 17, 4) || '-' || substr(lower(hex("reversal")), 21, 12) END AS "reversal",
  "left",
  "moved",
  ext
FROM "process_change" WHERE deleted = 0;

CREATE TABLE "pipeline_rule" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "rank" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  "pipeline" BLOB NOT NULL,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "pipeline_rule_by_code" ON "pipeline_rule" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "pipeline_rule_by_code_unique" ON "pipeline_rule" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_pipeline_rule" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "rank",
  "terms",
  CASE WHEN "pipeline" <> zeroblob(16) THEN substr(lower(hex("pipeline")), 1, 8) || '-' || substr(lower(hex("pipeline")), 9, 4) || '-' || substr(lower(hex("pipeline")), 13, 4) || '-' || substr(lower(hex("pipeline")), 17, 4) || '-' || substr(lower(hex("pipeline")), 21, 12) END AS "pipeline",
  "active",
  ext
FROM "pipeline_rule" WHERE deleted = 0;

CREATE TABLE "ad_spend" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "campaign" BLOB NOT NULL,
  "from_day" TEXT NOT NULL,
  "to_day" TEXT NOT NULL,
  "cost_minor" INTEGER NOT NULL,
  "cost_currency" TEXT NOT NULL,
  "note" TEXT,
  "by" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "ad_spend_by_campaign" ON "ad_spend" (tenant, "campaign", "from_day", id);

CREATE INDEX IF NOT EXISTS "ad_spend_by_day" ON "ad_spend" (tenant, "from_day", id);

CREATE VIEW "crm_v_ad_spend" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "channel",
  CASE WHEN "campaign" <> zeroblob(16) THEN substr(lower(hex("campaign")), 1, 8) || '-' || substr(lower(hex("campaign")), 9, 4) || '-' || substr(lower(hex("campaign")), 13, 4) || '-' || substr(lower(hex("campaign")), 17, 4) || '-' || substr(lower(hex("campaign")), 21, 12) END AS "campaign",
  "from_day",
  "to_day",
  "cost_minor" / CASE WHEN "cost_currency" IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 1.0 WHEN "cost_currency" IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 WHEN "cost_currency" IN ('CLF','UYW') THEN 10000.0 ELSE 100.0 END AS "cost",
  "cost_minor",
  "cost_currency",
  "note",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "ad_spend" WHERE deleted = 0;

CREATE TABLE "referral" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "referred" BLOB NOT NULL,
  "referrer" BLOB NOT NULL,
  "contact" BLOB NOT NULL,
  "referred_on" TEXT NOT NULL,
  "note" TEXT,
  "by" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "referral_by_referred" ON "referral" (tenant, "referred", id);

CREATE UNIQUE INDEX IF NOT EXISTS "referral_by_referred_unique" ON "referral" (tenant, "referred") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "referral_by_referrer" ON "referral" (tenant, "referrer", "referred_on", id);

CREATE INDEX IF NOT EXISTS "referral_by_contact" ON "referral" (tenant, "contact", id);

CREATE VIEW "crm_v_referral" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "referred" <> zeroblob(16) THEN substr(lower(hex("referred")), 1, 8) || '-' || substr(lower(hex("referred")), 9, 4) || '-' || substr(lower(hex("referred")), 13, 4) || '-' || substr(lower(hex("referred")), 17, 4) || '-' || substr(lower(hex("referred")), 21, 12) END AS "referred",
  CASE WHEN "referrer" <> zeroblob(16) THEN substr(lower(hex("referrer")), 1, 8) || '-' || substr(lower(hex("referrer")), 9, 4) || '-' || substr(lower(hex("referrer")), 13, 4) || '-' || substr(lower(hex("referrer")), 17, 4) || '-' || substr(lower(hex("referrer")), 21, 12) END AS "referrer",
  CASE WHEN "contact" <> zeroblob(16) THEN substr(lower(hex("contact")), 1, 8) || '-' || substr(lower(hex("contact")), 9, 4) || '-' || substr(lower(hex("contact")), 13, 4) || '-' || substr(lower(hex("contact")), 17, 4) || '-' || substr(lower(hex("contact")), 21, 12) END AS "contact",
  "referred_on",
  "note",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "referral" WHERE deleted = 0;

CREATE TABLE "review" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "site" TEXT NOT NULL,
  "product" BLOB NOT NULL,
  "customer" BLOB NOT NULL,
  "score" INTEGER NOT NULL,
  "scale" INTEGER NOT NULL,
  "author" TEXT,
  "content" TEXT,
  "said_on" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "review_by_product" ON "review" (tenant, "product", "said_on", id);

CREATE INDEX IF NOT EXISTS "review_by_day" ON "review" (tenant, "said_on", id);

CREATE INDEX IF NOT EXISTS "review_by_customer" ON "review" (tenant, "customer", id);

CREATE VIEW "crm_v_review" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "site",
  CASE WHEN "product" <> zeroblob(16) THEN substr(lower(hex("product")), 1, 8) || '-' || substr(lower(hex("product")), 9, 4) || '-' || substr(lower(hex("product")), 13, 4) || '-' || substr(lower(hex("product")), 17, 4) || '-' || substr(lower(hex("product")), 21, 12) END AS "product",
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  "score",
  "scale",
  "author",
  "content",
  "said_on",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("created_at" - (("created_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("created_at" % 1000000 + 1000000) % 1000000)) AS "created_at",
  ext
FROM "review" WHERE deleted = 0;

CREATE TABLE "posting" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "document_kind" TEXT NOT NULL,
  "document" BLOB NOT NULL,
  "messages" INTEGER NOT NULL,
  "levels" TEXT NOT NULL,
  "brought" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "posting_by_document" ON "posting" (tenant, "document", id);

CREATE UNIQUE INDEX IF NOT EXISTS "posting_by_document_unique" ON "posting" (tenant, "document") WHERE deleted = 0;

CREATE VIEW "crm_v_posting" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "document_kind",
  CASE WHEN "document" <> zeroblob(16) THEN substr(lower(hex("document")), 1, 8) || '-' || substr(lower(hex("document")), 9, 4) || '-' || substr(lower(hex("document")), 13, 4) || '-' || substr(lower(hex("document")), 17, 4) || '-' || substr(lower(hex("document")), 21, 12) END AS "document",
  "messages",
  "levels",
  "brought",
  ext
FROM "posting" WHERE deleted = 0;

CREATE TABLE "outbox_message" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "document_kind" TEXT NOT NULL,
  "document" BLOB NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "cause" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "moves" TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "outbox_message_by_seq" ON "outbox_message" (tenant, seq, "ordinal", id);

CREATE INDEX IF NOT EXISTS "outbox_message_by_document" ON "outbox_message" (tenant, "document", "ordinal", id);

CREATE UNIQUE INDEX IF NOT EXISTS "outbox_message_by_document_unique" ON "outbox_message" (tenant, "document", "ordinal") WHERE deleted = 0;

CREATE VIEW "crm_v_outbox_message" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "document_kind",
  CASE WHEN "document" <> zeroblob(16) THEN substr(lower(hex("document")), 1, 8) || '-' || substr(lower(hex("document")), 9, 4) || '-' || substr(lower(hex("document")), 13, 4) || '-' || substr(lower(hex("document")), 17, 4) || '-' || substr(lower(hex("document")), 21, 12) END AS "document",
  "ordinal",
  "cause",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "moves",
  ext
FROM "outbox_message" WHERE deleted = 0;

CREATE TABLE "outbox_reply" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "message" BLOB NOT NULL,
  "document" BLOB NOT NULL,
  "outcome" TEXT NOT NULL CHECK ("outcome" IN ('done', 'short', 'refused')),
  "shortages" TEXT NOT NULL,
  "note" TEXT,
  "at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "outbox_reply_by_message" ON "outbox_reply" (tenant, "message", id);

CREATE UNIQUE INDEX IF NOT EXISTS "outbox_reply_by_message_unique" ON "outbox_reply" (tenant, "message") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "outbox_reply_by_document" ON "outbox_reply" (tenant, "document", id);

CREATE INDEX IF NOT EXISTS "outbox_reply_by_outcome" ON "outbox_reply" (tenant, "outcome", "at", id);

CREATE VIEW "crm_v_outbox_reply" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "message" <> zeroblob(16) THEN substr(lower(hex("message")), 1, 8) || '-' || substr(lower(hex("message")), 9, 4) || '-' || substr(lower(hex("message")), 13, 4) || '-' || substr(lower(hex("message")), 17, 4) || '-' || substr(lower(hex("message")), 21, 12) END AS "message",
  CASE WHEN "document" <> zeroblob(16) THEN substr(lower(hex("document")), 1, 8) || '-' || substr(lower(hex("document")), 9, 4) || '-' || substr(lower(hex("document")), 13, 4) || '-' || substr(lower(hex("document")), 17, 4) || '-' || substr(lower(hex("document")), 21, 12) END AS "document",
  "outcome",
  "shortages",
  "note",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  ext
FROM "outbox_reply" WHERE deleted = 0;

CREATE TABLE "kpi" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "of" TEXT NOT NULL CHECK ("of" IN ('won', 'closed', 'created', 'leads', 'customers', 'activities', 'feedback', 'orders', 'payments')),
  "aggregation" TEXT NOT NULL CHECK ("aggregation" IN ('count', 'sum', 'mean', 'rate', 'growth')),
  "only" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "kpi_by_code" ON "kpi" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "kpi_by_code_unique" ON "kpi" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_kpi" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "of",
  "aggregation",
  "only",
  "active",
  ext
FROM "kpi" WHERE deleted = 0;

CREATE TABLE "target" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "kpi" BLOB NOT NULL,
  "scope_kind" TEXT NOT NULL CHECK ("scope_kind" IN ('user', 'team', 'tenant')),
  "scope" BLOB NOT NULL,
  "grain" TEXT NOT NULL CHECK ("grain" IN ('month', 'quarter', 'year')),
  "from_day" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "value" TEXT NOT NULL,
  "reason" TEXT,
  "by" BLOB NOT NULL,
  "set_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "target_by_key" ON "target" (tenant, "kpi", "scope", "grain", "from_day", "revision", id);

CREATE UNIQUE INDEX IF NOT EXISTS "target_by_key_unique" ON "target" (tenant, "kpi", "scope", "grain", "from_day", "revision") WHERE deleted = 0;

CREATE INDEX IF NOT EXISTS "target_by_period" ON "target" (tenant, "grain", "from_day", id);

CREATE VIEW "crm_v_target" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "kpi" <> zeroblob(16) THEN substr(lower(hex("kpi")), 1, 8) || '-' || substr(lower(hex("kpi")), 9, 4) || '-' || substr(lower(hex("kpi")), 13, 4) || '-' || substr(lower(hex("kpi")), 17, 4) || '-' || substr(lower(hex("kpi")), 21, 12) END AS "kpi",
  "scope_kind",
  CASE WHEN "scope" <> zeroblob(16) THEN substr(lower(hex("scope")), 1, 8) || '-' || substr(lower(hex("scope")), 9, 4) || '-' || substr(lower(hex("scope")), 13, 4) || '-' || substr(lower(hex("scope")), 17, 4) || '-' || substr(lower(hex("scope")), 21, 12) END AS "scope",
  "grain",
  "from_day",
  "revision",
  "value",
  "reason",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("set_at" - (("set_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("set_at" % 1000000 + 1000000) % 1000000)) AS "set_at",
  ext
FROM "target" WHERE deleted = 0;

CREATE TABLE "period_close" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "grain" TEXT NOT NULL CHECK ("grain" IN ('month', 'quarter', 'year')),
  "from_day" TEXT NOT NULL,
  "by" BLOB NOT NULL,
  "closed_at" INTEGER NOT NULL,
  "note" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "period_close_by_period" ON "period_close" (tenant, "grain", "from_day", id);

CREATE UNIQUE INDEX IF NOT EXISTS "period_close_by_period_unique" ON "period_close" (tenant, "grain", "from_day") WHERE deleted = 0;

CREATE VIEW "crm_v_period_close" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "grain",
  "from_day",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  strftime('%Y-%m-%dT%H:%M:%S', ("closed_at" - (("closed_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("closed_at" % 1000000 + 1000000) % 1000000)) AS "closed_at",
  "note",
  ext
FROM "period_close" WHERE deleted = 0;

CREATE TABLE "period_figure" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "close" BLOB NOT NULL,
  "corrects" BLOB NOT NULL,
  "kpi" BLOB NOT NULL,
  "scope_kind" TEXT NOT NULL CHECK ("scope_kind" IN ('user', 'team', 'tenant')),
  "scope" BLOB NOT NULL,
  "value" TEXT,
  "count" INTEGER NOT NULL,
  "target" TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "period_figure_by_close" ON "period_figure" (tenant, "close", "kpi", id);

CREATE INDEX IF NOT EXISTS "period_figure_by_corrected" ON "period_figure" (tenant, "corrects", id);

CREATE VIEW "crm_v_period_figure" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "close" <> zeroblob(16) THEN substr(lower(hex("close")), 1, 8) || '-' || substr(lower(hex("close")), 9, 4) || '-' || substr(lower(hex("close")), 13, 4) || '-' || substr(lower(hex("close")), 17, 4) || '-' || substr(lower(hex("close")), 21, 12) END AS "close",
  CASE WHEN "corrects" <> zeroblob(16) THEN substr(lower(hex("corrects")), 1, 8) || '-' || substr(lower(hex("corrects")), 9, 4) || '-' || substr(lower(hex("corrects")), 13, 4) || '-' || substr(lower(hex("corrects")), 17, 4) || '-' || substr(lower(hex("corrects")), 21, 12) END AS "corrects",
  CASE WHEN "kpi" <> zeroblob(16) THEN substr(lower(hex("kpi")), 1, 8) || '-' || substr(lower(hex("kpi")), 9, 4) || '-' || substr(lower(hex("kpi")), 13, 4) || '-' || substr(lower(hex("kpi")), 17, 4) || '-' || substr(lower(hex("kpi")), 21, 12) END AS "kpi",
  "scope_kind",
  CASE WHEN "scope" <> zeroblob(16) THEN substr(lower(hex("scope")), 1, 8) || '-' || substr(lower(hex("scope")), 9, 4) || '-' || substr(lower(hex("scope")), 13, 4) || '-' || substr(lower(hex("scope")), 17, 4) || '-' || substr(lower(hex("scope")), 21, 12) END AS "scope",
  "value",
  "count",
  "target",
  ext
FROM "period_figure" WHERE deleted = 0;

CREATE TABLE "segment" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "revision" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  "defined_at" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "segment_by_code" ON "segment" (tenant, "code", id);

CREATE UNIQUE INDEX IF NOT EXISTS "segment_by_code_unique" ON "segment" (tenant, "code") WHERE deleted = 0;

CREATE VIEW "crm_v_segment" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "code",
  "name",
  "active",
  "revision",
  "terms",
  strftime('%Y-%m-%dT%H:%M:%S', ("defined_at" - (("defined_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("defined_at" % 1000000 + 1000000) % 1000000)) AS "defined_at",
  ext
FROM "segment" WHERE deleted = 0;

CREATE TABLE "grade_policy" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "version_" INTEGER NOT NULL,
  "terms" TEXT NOT NULL,
  "defined_at" INTEGER NOT NULL,
  "by" BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "grade_policy_by_version" ON "grade_policy" (tenant, "version_", id);

CREATE UNIQUE INDEX IF NOT EXISTS "grade_policy_by_version_unique" ON "grade_policy" (tenant, "version_") WHERE deleted = 0;

CREATE VIEW "crm_v_grade_policy" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  "version_",
  "terms",
  strftime('%Y-%m-%dT%H:%M:%S', ("defined_at" - (("defined_at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("defined_at" % 1000000 + 1000000) % 1000000)) AS "defined_at",
  CASE WHEN "by" <> zeroblob(16) THEN substr(lower(hex("by")), 1, 8) || '-' || substr(lower(hex("by")), 9, 4) || '-' || substr(lower(hex("by")), 13, 4) || '-' || substr(lower(hex("by")), 17, 4) || '-' || substr(lower(hex("by")), 21, 12) END AS "by",
  ext
FROM "grade_policy" WHERE deleted = 0;

CREATE TABLE "grade_change" (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  ext TEXT NOT NULL,
  "customer" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "from" TEXT CHECK ("from" IN ('low', 'potential', 'high')),
  "to" TEXT NOT NULL CHECK ("to" IN ('low', 'potential', 'high')),
  "value" TEXT NOT NULL CHECK ("value" IN ('low', 'medium', 'high')),
  "potential" TEXT NOT NULL CHECK ("potential" IN ('low', 'medium', 'high')),
  "value_measured" TEXT,
  "potential_measured" TEXT,
  "policy" BLOB NOT NULL,
  "policy_version" INTEGER NOT NULL,
  "cause" TEXT NOT NULL CHECK ("cause" IN ('first', 'measured', 'policy')),
  "ordinal" INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS "grade_change_by_customer" ON "grade_change" (tenant, "customer", "at", id);

CREATE INDEX IF NOT EXISTS "grade_change_by_policy" ON "grade_change" (tenant, "policy", id);

CREATE VIEW "crm_v_grade_change" AS
SELECT tenant, CASE WHEN id <> zeroblob(16) THEN substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END AS id, version, seq,
  CASE WHEN "customer" <> zeroblob(16) THEN substr(lower(hex("customer")), 1, 8) || '-' || substr(lower(hex("customer")), 9, 4) || '-' || substr(lower(hex("customer")), 13, 4) || '-' || substr(lower(hex("customer")), 17, 4) || '-' || substr(lower(hex("customer")), 21, 12) END AS "customer",
  strftime('%Y-%m-%dT%H:%M:%S', ("at" - (("at" % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || printf('.%06dZ', (("at" % 1000000 + 1000000) % 1000000)) AS "at",
  "from",
  "to",
  "value",
  "potential",
  "value_measured",
  "potential_measured",
  CASE WHEN "policy" <> zeroblob(16) THEN substr(lower(hex("policy")), 1, 8) || '-' || substr(lower(hex("policy")), 9, 4) || '-' || substr(lower(hex("policy")), 13, 4) || '-' || substr(lower(hex("policy")), 17, 4) || '-' || substr(lower(hex("policy")), 21, 12) END AS "policy",
  "policy_version",
  "cause",
  "ordinal",
  ext
FROM "grade_change" WHERE deleted = 0;

