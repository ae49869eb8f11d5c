-- Views over results of `assay scan --work-list` (README.md): the files *.json here, one a day, named by the date
-- (2026-11-21.json). SET VARIABLE results = 'elsewhere/*.json' beforehand reads others.
CREATE OR REPLACE VIEW lines AS
SELECT parse_filename(filename, true) AS day, *
FROM read_json(coalesce(getvariable('results'), '*.json'), format = 'newline_delimited', filename = true, union_by_name = true,
               maximum_object_size = 1073741824,
               columns = {unit: 'VARCHAR', exit_code: 'INTEGER', error: 'VARCHAR',
                          owners: 'STRUCT(file VARCHAR, owners VARCHAR[])[]', findings: 'JSON[]', problems: 'JSON[]',
                          summary: 'STRUCT(files BIGINT, resources BIGINT, fail BIGINT, maybe BIGINT, suppressed BIGINT, problems BIGINT)'});

CREATE OR REPLACE VIEW results AS
SELECT day, unit, exit_code, error, summary.files AS files, summary.resources AS resources, summary.fail AS fail, summary.maybe AS maybe,
       summary.suppressed AS suppressed, summary.problems AS problems
FROM lines;

CREATE OR REPLACE VIEW findings AS
SELECT day, unit, f->>'rule' AS rule, f->>'name' AS name, f->>'severity' AS severity, f->>'verdict' AS verdict, f->>'message' AS message,
       f->>'$.resource.address' AS address, f->>'$.resource.type' AS type, f->>'file' AS file, (f->>'$.region.line')::INTEGER AS line,
       f->>'fingerprint' AS fingerprint, f->>'$.fix.kind' AS fix,
       f->>'$.suppressed.kind' AS suppressed, f->>'$.suppressed.reason' AS reason, f->>'$.suppressed.until' AS until,
       coalesce(list_filter(owners, lambda o: o.file = f->>'file')[1].owners, []) AS owners
FROM (SELECT day, unit, owners, unnest(findings) AS f FROM lines);

CREATE OR REPLACE MACRO weight(severity) AS
  CASE severity WHEN 'critical' THEN 5 WHEN 'high' THEN 4 WHEN 'medium' THEN 3 WHEN 'low' THEN 2 ELSE 1 END;

CREATE OR REPLACE VIEW latest AS
SELECT * FROM findings WHERE day = (SELECT max(day) FROM lines) AND suppressed IS NULL AND verdict = 'fail';

CREATE OR REPLACE VIEW first_seen AS
SELECT l.unit, l.rule, l.severity, l.address, l.fingerprint, min(f.day) AS since, count(DISTINCT f.day) AS days, l.owners
FROM latest l JOIN findings f USING (unit, fingerprint)
GROUP BY l.unit, l.rule, l.severity, l.address, l.fingerprint, l.owners
ORDER BY since, unit, fingerprint;

CREATE OR REPLACE VIEW worst_repositories AS
SELECT unit, count(*) FILTER (severity = 'critical') AS critical, count(*) FILTER (severity = 'high') AS high, count(*) AS findings
FROM latest GROUP BY unit ORDER BY critical DESC, high DESC, findings DESC, unit;

CREATE OR REPLACE VIEW by_owner AS
SELECT unnest(CASE WHEN len(owners) = 0 THEN ['nobody'] ELSE owners END) AS owner, count(*) AS findings, count(DISTINCT unit) AS repositories
FROM latest GROUP BY owner ORDER BY findings DESC, owner;

CREATE OR REPLACE VIEW by_rule AS
SELECT rule, any_value(name) AS name, any_value(severity) AS severity, count(DISTINCT unit) AS repositories, count(*) AS findings
FROM latest GROUP BY rule ORDER BY repositories DESC, rule;

CREATE OR REPLACE VIEW fixable AS
SELECT unit, count(*) AS findings, count(*) FILTER (fix = 'safe') AS safe FROM latest GROUP BY unit HAVING safe > 0 ORDER BY safe DESC, unit;

CREATE OR REPLACE VIEW trend AS
SELECT day, severity, count(*) AS findings FROM findings WHERE suppressed IS NULL AND verdict = 'fail'
GROUP BY day, severity ORDER BY day, weight(severity) DESC;

CREATE OR REPLACE VIEW not_analysed AS
SELECT day, unit, exit_code, coalesce(error, problems[1]->>'message') AS why
FROM lines WHERE exit_code >= 2 ORDER BY day DESC, unit;

CREATE OR REPLACE VIEW suppressed AS
SELECT unit, rule, address, reason, until, owners FROM findings
WHERE day = (SELECT max(day) FROM lines) AND suppressed IS NOT NULL ORDER BY unit, rule, address;
