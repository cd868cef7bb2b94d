"""How the Dashboard API speaks: requests, answers, links, dates. Sans-IO and pure."""
