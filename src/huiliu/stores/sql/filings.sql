-- Filings of SMS signatures and texts.

-- name: add
insert into sms_filings (
    brand_id, account, template, locale, variant, signature, body, code, longest, states, note,
    made_at, changed_at, changed_by
) values (
    %(brand_id)s, %(account)s, %(template)s, %(locale)s, %(variant)s, %(signature)s, %(body)s,
    %(code)s, %(longest)s, %(states)s, %(note)s, %(made_at)s, %(changed_at)s, %(changed_by)s
) returning filing_id;

-- name: change
update sms_filings set
    account = %(account)s, template = %(template)s, locale = %(locale)s, variant = %(variant)s,
    signature = %(signature)s, body = %(body)s, code = %(code)s, longest = %(longest)s,
    states = %(states)s, note = %(note)s, changed_at = %(changed_at)s, changed_by = %(changed_by)s
where brand_id = %(brand_id)s and filing_id = %(filing_id)s
returning filing_id;

-- name: listed
select brand_id, filing_id, account, template, locale, variant, signature, body, code, longest,
    states, note, made_at, changed_at, changed_by
from sms_filings where brand_id = %s
order by template, account, filing_id;

-- name: remove
delete from sms_filings where brand_id = %s and filing_id = %s;
