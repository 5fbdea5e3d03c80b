"""Places of files on loopback, for tests: SFTP by asyncssh, S3 by moto (a stand-in), HTTP by the stdlib.

Each is a context manager with `put(name, content)`.
"""

SFTP_USER, SFTP_PASSWORD = "exports", "correct-horse-battery"
S3_NAME, S3_KEY, S3_SECRET = "acme-exports", "AKIATESTTESTTEST0001", "an-s3-secret-for-tests-only"
WEB_TOKEN = "a-web-token-for-tests"
