-- What version 0.1.0 wrote before there were migrations by Alembic.
BEGIN TRANSACTION;
CREATE TABLE cohorts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    count INTEGER NOT NULL,
    rows BLOB NOT NULL,
    history TEXT NOT NULL,
    provenance TEXT NOT NULL,
    created TEXT NOT NULL,
    deleted TEXT,
    query TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO "cohorts" VALUES(1,'old ones','Größe ≥ 3 µm; a ''note''',2,X'789C6364800046280D0000280003','[{"kind": "lasso", "combine": "replace", "count": 2}]','{"images_digest": "abc", "app_version": "0.1.0"}','2026-11-28T20:22:23+00:00',NULL,'','["x", "y"]');
INSERT INTO "cohorts" VALUES(2,'over 25','live',3,X'789C6362800046341A0000600005','[{"kind": "filter", "filters": ["age > 25"], "combine": "replace", "count": 3}]','{"app_version": "0.1.0"}','2026-11-28T20:22:23+00:00',NULL,'age > 25','[]');
INSERT INTO "cohorts" VALUES(3,'gone','',1,X'789C636180000000280005','[{"kind": "lasso", "combine": "replace", "count": 1}]','{"app_version": "0.1.0"}','2026-11-28T20:22:23+00:00','2026-11-28T20:22:23+00:00','','[]');
CREATE TABLE selections (token TEXT PRIMARY KEY, content TEXT NOT NULL, remembered REAL NOT NULL);
INSERT INTO "selections" VALUES('lt7RK1u9JmegyhUr','{"rows": "eJxjYIAAZigNAAAoAAQ=", "history": [{"kind": "lasso", "combine": "replace", "count": 2}]}',1.79589734391869640349e+09);
CREATE UNIQUE INDEX living_names ON cohorts (name) WHERE deleted IS NULL;
CREATE INDEX selections_by_age ON selections (remembered);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('cohorts',3);
COMMIT;
PRAGMA user_version = 2;
