r"""The named patterns that a grok pattern may use without defining them.

Their names are those of the guide's list, which comes from Logstash; each matches what its
namesake does there. A `%{NAME:UNWANTED}` is one without a column.
"""

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_LEVELS = "alert|trace|debug|notice|info|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe"
_MONTHS = "Jan(?:uary)? Feb(?:ruary)? Mar(?:ch)? Apr(?:il)? May June? July? Aug(?:ust)?"
_MONTHS += " Sep(?:tember)? Oct(?:ober)? Nov(?:ember)? Dec(?:ember)?"
_DAYS = "Mon(?:day)? Tue(?:sday)? Wed(?:nesday)? Thu(?:rsday)? Fri(?:day)? Sat(?:urday)?"
_DAYS += " Sun(?:day)?"

PATTERNS = {
    "USERNAME": r"[a-zA-Z0-9._-]+",
    "USER": "%{USERNAME}",
    "INT": r"[+-]?\d+",
    "BASE10NUM": r"(?<![\d.+-])[+-]?(?:\d+(?:\.\d+)?|\.\d+)",
    "NUMBER": "%{BASE10NUM}",
    "BASE16NUM": r"(?<![0-9A-Fa-f])[+-]?(?:0x)?[0-9A-Fa-f]+",
    "BASE16FLOAT": r"\b(?<![0-9A-Fa-f.])[+-]?(?:0x)?"
    r"(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b",
    "BOOLEAN": "(?i:true|false)",
    "POSINT": r"\b[1-9]\d*\b",
    "NONNEGINT": r"\b\d+\b",
    "WORD": r"\b\w+\b",
    "NOTSPACE": r"\S+",
    "SPACE": r"\s*",
    "DATA": ".*?",
    "GREEDYDATA": ".*",
    "QUOTEDSTRING": r"(?>(?<!\\)(?>\"(?:\\.|[^\\\"])*\"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`))",
    "QS": "%{QUOTEDSTRING}",
    "UUID": r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    "CISCOMAC": r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}",
    "WINDOWSMAC": "(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}",
    "COMMONMAC": "(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}",
    "MAC": "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
    "IPV4": rf"(?<!\d)(?:{_OCTET}\.){{3}}{_OCTET}(?!\d)",
    "IPV6": r"(?<![:.\w])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"|(?=(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![:\w]))"
    r"(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?"
    rf"|(?:::[Ff]{{4}}:|(?:[0-9A-Fa-f]{{1,4}}:){{6}}|::)(?:{_OCTET}\.){{3}}{_OCTET})(?:%\w+)?",
    "IP": "(?:%{IPV6}|%{IPV4})",
    "HOSTNAME": r"\b[0-9A-Za-z][0-9A-Za-z_-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62})*(?:\.?|\b)",
    "HOST": "%{HOSTNAME}",
    "IPORHOST": "(?:%{IP}|%{HOSTNAME})",
    "HOSTPORT": "(?:%{IPORHOST}:%{POSINT:PORT})",
    "UNIXPATH": r"(?>/(?>[\w%!$@:.,~-]+|\\.)*)+",
    "WINPATH": r"(?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+",
    "PATH": "(?:%{UNIXPATH}|%{WINPATH})",
    "TTY": r"/dev/(?:pts|tty(?:[pq])?)(?:\w+)?/?\d+",
    "URIPROTO": r"[A-Za-z]+(?:\+[A-Za-z+]+)?",
    "URIHOST": "%{IPORHOST}(?::%{POSINT:port})?",
    "URIPATH": r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%_-]*)+",
    "URIPARAM": r"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]]*",
    "URIPATHPARAM": "%{URIPATH}(?:%{URIPARAM})?",
    "URI": "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
    "MONTH": rf"\b(?:{'|'.join(_MONTHS.split())})\b",
    "MONTHNUM": "(?:1[0-2]|0?[1-9])",
    "MONTHNUM2": "(?:0[1-9]|1[0-2])",
    "MONTHDAY": r"(?:0[1-9]|[12]\d|3[01]|[1-9])",
    "DAY": f"(?:{'|'.join(_DAYS.split())})",
    "YEAR": r"(?>\d\d){1,2}",
    "HOUR": r"(?:2[0-3]|[01]?\d)",
    "MINUTE": r"[0-5]\d",
    "SECOND": r"(?:[0-5]?\d|60)(?:[:.,]\d+)?",
    "TIME": r"(?<!\d)%{HOUR}:%{MINUTE}:%{SECOND}(?!\d)",
    "DATE_US": "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
    "DATE_EU": "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
    "DATE": "(?:%{DATE_US}|%{DATE_EU})",
    "DATESTAMP_US": "%{DATE_US}[- ]%{TIME}",
    "DATESTAMP_EU": "%{DATE_EU}[- ]%{TIME}",
    "DATESTAMP": "%{DATE}[- ]%{TIME}",
    "ISO8601_TIMEZONE": "(?:Z|[+-]%{HOUR}:?%{MINUTE})",
    "ISO8601_SECOND": "(?:%{SECOND}|60)",
    "TIMESTAMP_ISO8601": "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?"
    "%{ISO8601_TIMEZONE}?",
    "TZ": "(?:[PMCE][SD]T|UTC)",
    "DATESTAMP_RFC822": "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
    "DATESTAMP_RFC2822": "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
    "DATESTAMP_OTHER": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
    "DATESTAMP_EVENTLOG": "%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}",
    "CISCOTIMESTAMP": "%{MONTH} %{MONTHDAY} %{TIME}",
    "SYSLOGTIMESTAMP": "%{MONTH} +%{MONTHDAY} %{TIME}",
    "PROG": r"[\w./%-]+",
    "SYSLOGPROG": r"%{PROG:program}(?:\[%{POSINT:pid}\])?",
    "SYSLOGHOST": "%{IPORHOST}",
    "SYSLOGFACILITY": "<%{NONNEGINT:facility}.%{NONNEGINT:priority}>",
    "HTTPDATE": "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
    "SYSLOGBASE": "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} "
    "%{SYSLOGPROG}:",
    "MESSAGESLOG": "%{SYSLOGBASE} %{DATA}",
    "COMMONAPACHELOG": r"%{IPORHOST:clientip} %{USER:ident} %{USER:auth} \[%{HTTPDATE:timestamp}\] "
    r'"(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" '
    r"%{NUMBER:response} (?:%{NUMBER:bytes}|-)",
    "COMBINEDAPACHELOG": "%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}",
    "COMMONAPACHELOG_DATATYPED": r"%{IPORHOST:clientip} %{USER:ident;boolean} %{USER:auth} "
    r"\[%{HTTPDATE:timestamp;date;dd/MMM/yyyy:HH:mm:ss Z}\] "
    r'"(?:%{WORD:verb;string} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion;float})?'
    r'|%{DATA:rawrequest})" %{NUMBER:response;int} (?:%{NUMBER:bytes;long}|-)',
    "LOGLEVEL": f"(?i:{_LEVELS}|emerg(?:ency)?)",
}
