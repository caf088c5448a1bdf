# A serving image: `transom serve` without torch, as a user without rights. Pin the base by digest where you build it.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
# What only training and the data side of transom import goes again: half of the image.
RUN python -m venv /opt/transom \
    && /opt/transom/bin/python -m pip install --quiet --constraint constraints.txt '.[serve]' \
    && /opt/transom/bin/python -m pip uninstall --quiet --yes llvmlite numba polars polars-runtime-32 setuptools pip

FROM python:3.11-slim-bookworm
COPY --from=build /opt/transom /opt/transom
ENV PATH=/opt/transom/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
# Mount a project's folder, or only its `.transom` and `deploy.yaml`, under the name that clients shall call the model by.
WORKDIR /models/model
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["transom", "serve"]
CMD [".", "--host", "0.0.0.0", "--port", "8080", "--token-file", "/run/secrets/transom-token"]
