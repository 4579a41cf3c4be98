-- Owner for migrations, login for the services, group roles that row-level security is granted to.
CREATE ROLE assay_app NOLOGIN;
CREATE ROLE assay_feed NOLOGIN;
CREATE ROLE assay_owner LOGIN PASSWORD 'development-only';
CREATE ROLE assay_login LOGIN PASSWORD 'development-only';
GRANT assay_app, assay_feed TO assay_login;
CREATE DATABASE assay_bank OWNER assay_owner;
CREATE DATABASE assay_scoring OWNER assay_owner;
CREATE DATABASE assay_reporting OWNER assay_owner;
