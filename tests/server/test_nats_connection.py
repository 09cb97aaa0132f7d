"""What only a connection to a real server can show: that it comes back, and who is let in."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import uvloop

from runtime.errors import BusError, ConfigError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import find_binary
from tests.waiting import until


class ConfiguredServer:
    """A nats-server with a nats.conf of the test's, on a port that it keeps over restarts."""

    def __init__(self, folder: Path, config: str = "") -> None:
        self._folder, self._config = folder, config
        self.port = -1
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://localhost:{self.port}"

    async def start(self) -> None:
        config = self._folder / "nats.conf"
        config.write_text(f'host: localhost\nport: {self.port}\nports_file_dir: "{self._folder}"\n{self._config}\n')
        with (self._folder / "log").open("ab") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                str(find_binary()), "-c", str(config), stdout=log_file, stderr=log_file
            )
        ports = self._folder / f"nats-server_{self._process.pid}.ports"
        for _ in range(1000):
            with contextlib.suppress(OSError, msgspec.DecodeError):
                listed = msgspec.json.decode(ports.read_bytes(), type=dict[str, list[str]])
                self.port = int((listed.get("nats") or listed["tls"])[0].rsplit(":", 1)[1])
                return
            assert self._process.returncode is None, (self._folder / "log").read_text()
            await asyncio.sleep(0.01)
        raise AssertionError((self._folder / "log").read_text())

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


@contextlib.asynccontextmanager
async def configured(folder: Path, config: str = "") -> AsyncIterator[ConfiguredServer]:
    server = ConfiguredServer(folder, config)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def let_in(options: NatsOptions) -> None:
    """Connect, and see a message of our own come back."""
    bus = await connect(options, "test", timeout_s=5)
    try:
        arrived = asyncio.Event()
        await bus.subscribe("hello", lambda message: arrived.set())
        await bus.publish("hello", b"")
        await asyncio.wait_for(arrived.wait(), 5)
    finally:
        await bus.close()


async def refused(options: NatsOptions) -> str:
    """Connect in vain; return the error's text."""
    with pytest.raises(BusError, match="no NATS server lets us in at") as caught:
        await connect(options, "test", timeout_s=1)
    return str(caught.value)


def test_a_connection_and_its_subscriptions_come_back_with_the_server(tmp_path: Path) -> None:
    async def main() -> None:
        async with configured(tmp_path) as server:
            bus = await connect(NatsOptions(url=server.url), "test")
            other = await connect(NatsOptions(url=server.url), "other")
            seen: list[bytes] = []
            await bus.subscribe("back", lambda message: seen.append(message.data))
            await server.kill()
            await until(lambda: not bus.connected and not other.connected)
            await other.publish("back", b"lost")  # no error: without a connection it is lost
            with pytest.raises(BusError):
                await bus.request("back", b"", 0.2)
            await server.start()
            await until(lambda: bus.connected and other.connected)
            await bus.flush()
            await other.publish("back", b"here")
            await until(lambda: b"here" in seen)
            assert seen == [b"here"]
            await bus.close()
            await other.close()

    uvloop.run(main())


def test_no_server_is_a_bus_error_that_names_the_url(tmp_path: Path) -> None:
    async def main() -> None:
        async with configured(tmp_path) as server:
            await server.kill()
            assert server.url in await refused(NatsOptions(url=server.url))

    uvloop.run(main())


def test_a_token_server_lets_in_with_the_token_only(tmp_path: Path) -> None:
    async def main() -> None:
        async with configured(tmp_path, 'authorization { token: "s3cret" }') as server:
            await let_in(NatsOptions(url=server.url, token="s3cret"))
            assert "Authorization" in await refused(NatsOptions(url=server.url))
            text = await refused(NatsOptions(url=server.url, token="wr0ng"))
            assert "Authorization" in text
            assert "wr0ng" not in text

    uvloop.run(main())


def test_a_password_server_lets_in_with_user_and_password_only(tmp_path: Path) -> None:
    async def main() -> None:
        async with configured(tmp_path, 'authorization { user: "ann", password: "pw" }') as server:
            await let_in(NatsOptions(url=server.url, user="ann", password="pw"))
            for options in (
                NatsOptions(url=server.url),
                NatsOptions(url=server.url, user="ann", password="no"),
                NatsOptions(url=server.url, user="bob", password="pw"),
            ):
                assert "Authorization" in await refused(options)

    uvloop.run(main())


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certificates:
    """A certificate authority, and a server's and a client's certificate signed by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl("req", "-x509", *_NEW_KEY, "-days", "2",
                      "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        self.ca = str(folder / "ca.pem")
        self.server = self._signed("localhost")
        self.client = self._signed("client")

    def _signed(self, name: str) -> tuple[str, str]:
        """Return certificate and key files."""
        extensions = self._folder / "extensions"
        extensions.write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nkeyUsage=digitalSignature\n"
            "extendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=keyid\n"
        )
        self._openssl("req", *_NEW_KEY, "-subj", f"/CN={name}",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-extfile", str(extensions), "-out", f"{name}.pem")  # fmt: skip
        return str(self._folder / f"{name}.pem"), str(self._folder / f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    if shutil.which("openssl") is None:
        if os.environ.get("CI"):
            pytest.fail("the program openssl is not installed")
        pytest.skip("the program openssl is not installed")
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Certificates(folder)


def test_a_tls_server_lets_in_with_its_authority_only(tmp_path: Path, certificates: Certificates) -> None:
    certificate, key = certificates.server
    config = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}'

    async def main() -> None:
        async with configured(tmp_path, config) as server:
            await let_in(NatsOptions(url=server.url, tls_ca=certificates.ca))
            assert "certificate verify failed" in await refused(NatsOptions(url=server.url))

    uvloop.run(main())


def test_a_server_that_asks_for_client_certificates_lets_in_with_one_only(
    tmp_path: Path, certificates: Certificates
) -> None:
    certificate, key = certificates.server
    config = f'tls {{ cert_file: "{certificate}", key_file: "{key}", ca_file: "{certificates.ca}", verify: true }}'

    async def main() -> None:
        async with configured(tmp_path, config) as server:
            mine, mine_key = certificates.client
            await let_in(NatsOptions(url=server.url, tls_ca=certificates.ca, tls_cert=mine, tls_key=mine_key))
            await refused(NatsOptions(url=server.url, tls_ca=certificates.ca))

    uvloop.run(main())


@pytest.mark.parametrize("key", ["credentials", "tls_ca", "tls_cert"])
def test_a_missing_certificate_or_credentials_file_is_a_config_error(key: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    options = msgspec.structs.replace(NatsOptions(url="nats://localhost:1"), **{key: missing})
    with pytest.raises(ConfigError, match=missing):
        uvloop.run(connected(options))


def test_a_certificate_file_that_holds_none_is_a_config_error(tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    with pytest.raises(ConfigError, match=str(text)):
        uvloop.run(connected(NatsOptions(url="nats://localhost:1", tls_ca=str(text))))


async def connected(options: NatsOptions) -> NatsBus:
    return await connect(options, "test", timeout_s=1)
