BEGIN TRANSACTION;
CREATE TABLE artifacts (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE);
INSERT INTO "artifacts" VALUES(1,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');
INSERT INTO "artifacts" VALUES(2,'ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc0');
INSERT INTO "artifacts" VALUES(3,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd');
INSERT INTO "artifacts" VALUES(4,'ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc1');
CREATE TABLE components (id INTEGER PRIMARY KEY, document TEXT NOT NULL UNIQUE);
INSERT INTO "components" VALUES(1,'{"data:data/a.jsonl": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}');
INSERT INTO "components" VALUES(2,'{"input:check": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "setting:model.training.seed": "0"}');
INSERT INTO "components" VALUES(3,'{"input:export": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"}');
INSERT INTO "components" VALUES(4,'{"input:check": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "setting:model.training.seed": "1"}');
CREATE TABLE contexts (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started TEXT NOT NULL);
INSERT INTO "contexts" VALUES(1,'run','2026-11-21T09:30:00+00:00');
INSERT INTO "contexts" VALUES(2,'run','2026-11-21T09:30:00+00:00');
CREATE TABLE events (
            execution INTEGER NOT NULL REFERENCES executions, is_output INTEGER NOT NULL, position INTEGER NOT NULL,
            artifact INTEGER NOT NULL REFERENCES artifacts, PRIMARY KEY (execution, is_output, position)
            ) WITHOUT ROWID;
INSERT INTO "events" VALUES(2,0,0,1);
INSERT INTO "events" VALUES(5,0,0,1);
INSERT INTO "events" VALUES(1,1,0,1);
INSERT INTO "events" VALUES(4,1,0,1);
INSERT INTO "events" VALUES(2,1,0,2);
INSERT INTO "events" VALUES(3,0,0,3);
INSERT INTO "events" VALUES(6,0,0,3);
INSERT INTO "events" VALUES(5,1,0,4);
CREATE TABLE executions (
            id INTEGER PRIMARY KEY, context INTEGER NOT NULL REFERENCES contexts, stage TEXT NOT NULL,
            key TEXT NOT NULL, components INTEGER NOT NULL REFERENCES components, status TEXT NOT NULL,
            started TEXT NOT NULL, seconds REAL NOT NULL, why TEXT NOT NULL);
INSERT INTO "executions" VALUES(1,1,'check','check 0',1,'ran','2026-11-21T09:30:00+00:00',1.5,'it never ran here');
INSERT INTO "executions" VALUES(2,1,'train','train 0',2,'ran','2026-11-21T09:30:00+00:00',1.5,'it never ran here');
INSERT INTO "executions" VALUES(3,1,'register','register 0',3,'ran','2026-11-21T09:30:00+00:00',0.1,'it never ran here');
INSERT INTO "executions" VALUES(4,2,'check','check 0',1,'cached','2026-11-21T09:30:00+00:00',1.5,'it never ran here');
INSERT INTO "executions" VALUES(5,2,'train','train 1',4,'ran','2026-11-21T09:30:00+00:00',1.5,'it never ran here');
INSERT INTO "executions" VALUES(6,2,'register','register 1',3,'ran','2026-11-21T09:30:00+00:00',0.1,'it never ran here');
CREATE TABLE moves (
            id INTEGER PRIMARY KEY, alias TEXT NOT NULL, version INTEGER REFERENCES versions (number),
            who TEXT NOT NULL, moment TEXT NOT NULL, why TEXT NOT NULL, is_rollback INTEGER NOT NULL DEFAULT 0);
INSERT INTO "moves" VALUES(1,'live',1,'ada','2026-11-21T09:30:00+00:00','registered by transom run',0);
INSERT INTO "moves" VALUES(2,'candidate',2,'ada','2026-11-21T09:30:00+00:00','registered by transom run',0);
INSERT INTO "moves" VALUES(3,'live',2,'ada','2026-11-21T09:30:00+00:00','better',0);
INSERT INTO "moves" VALUES(4,'candidate',NULL,'ada','2026-11-21T09:30:00+00:00','version 2 is live',0);
INSERT INTO "moves" VALUES(5,'live',1,'bob','2026-11-21T09:30:00+00:00','alarms',1);
CREATE TABLE versions (
            number INTEGER PRIMARY KEY, digest TEXT NOT NULL, about TEXT NOT NULL,
            context INTEGER REFERENCES contexts);
INSERT INTO "versions" VALUES(1,'322b12bf68940a9e0b36e7730f549f284400ce6c8c7c6545461aeb35103471bd','{"made": "2026-11-21T09:30:00+00:00", "project": "tickets", "transom": "0.1.0", "version": 1}',1);
INSERT INTO "versions" VALUES(2,'4b50ddf81d5f4b45eda58c42b0516ebd06f8834715089c839d84cc0ec765be76','{"made": "2026-11-21T09:30:00+00:00", "project": "tickets", "transom": "0.1.0", "version": 2}',2);
CREATE INDEX executions_of_key ON executions (stage, key, status);
CREATE INDEX executions_of_stage ON executions (stage, id);
CREATE INDEX executions_of_context ON executions (context);
CREATE INDEX executions_of_components ON executions (components);
CREATE INDEX events_of_artifact ON events (artifact, is_output);
CREATE INDEX versions_of_context ON versions (context);
CREATE INDEX moves_of_alias ON moves (alias, id);
COMMIT;
PRAGMA user_version = 1;
