-- train
WITH `src_purchases` AS (
  SELECT
    `address`,
    `bought_at`,
    `customer`,
    `product`,
    `seen`,
    `tags`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`address`.`city` AS `address_city`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`seen` AS `seen`,
    `src_purchases`.`tags` AS `tags`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      '',
      '\x1f',
      CAST(`customer` AS STRING),
      '\x1f',
      CAST(`product` AS STRING),
      '\x1f',
      CAST(UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      ELSE 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `converted` AS (
  SELECT
    `address_city` AS `address_city`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
    `product` AS `product`,
    ARRAY(
      SELECT
        UNIX_SECONDS(TIMESTAMP(DATETIME(`qt_element`, 'Europe/Berlin')))
      FROM UNNEST(`seen`) AS `qt_element` WITH OFFSET AS `qt_position`
      WHERE
        NOT DATETIME(`qt_element`, 'Europe/Berlin') IS NULL
      ORDER BY
        `qt_position`
    ) AS `seen`,
    ARRAY(
      SELECT
        `qt_element`
      FROM UNNEST(`tags`) AS `qt_element` WITH OFFSET AS `qt_position`
      WHERE
        NOT `qt_element` IS NULL
      ORDER BY
        `qt_position`
    ) AS `tags`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
)
SELECT
  `address_city`,
  `bought_at`,
  `customer`,
  `product`,
  `seen`,
  `tags`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `address`,
    `bought_at`,
    `customer`,
    `product`,
    `seen`,
    `tags`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`address`.`city` AS `address_city`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`seen` AS `seen`,
    `src_purchases`.`tags` AS `tags`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      '',
      '\x1f',
      CAST(`customer` AS STRING),
      '\x1f',
      CAST(`product` AS STRING),
      '\x1f',
      CAST(UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      ELSE 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `converted` AS (
  SELECT
    `address_city` AS `address_city`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
    `product` AS `product`,
    ARRAY(
      SELECT
        UNIX_SECONDS(TIMESTAMP(DATETIME(`qt_element`, 'Europe/Berlin')))
      FROM UNNEST(`seen`) AS `qt_element` WITH OFFSET AS `qt_position`
      WHERE
        NOT DATETIME(`qt_element`, 'Europe/Berlin') IS NULL
      ORDER BY
        `qt_position`
    ) AS `seen`,
    ARRAY(
      SELECT
        `qt_element`
      FROM UNNEST(`tags`) AS `qt_element` WITH OFFSET AS `qt_position`
      WHERE
        NOT `qt_element` IS NULL
      ORDER BY
        `qt_position`
    ) AS `tags`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
), `latest` AS (
  SELECT
    *
  FROM `converted`
  WHERE
    `qt_split` = 'train'
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_seconds` DESC, `qt_row_key`) = 1
)
SELECT
  CAST(NULL AS STRING) AS `address_city`,
  CAST(NULL AS INT64) AS `bought_at`,
  CAST(NULL AS STRING) AS `customer`,
  `product`,
  CAST(NULL AS ARRAY<INT64>) AS `seen`,
  `tags`
FROM `latest`
