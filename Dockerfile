# Strata in a container. Two targets:
#
#   docker build --target cpu  -t strata:cpu .     (add --build-arg TORCH_INDEX=… , the CPU index that the PyTorch site gives, for a smaller image)
#   docker build --target cuda -t strata:cuda .    (run it with --gpus all)
#   docker run -p 127.0.0.1:8501:8501 -v strata:/data strata:cpu
#
# docs/deploy.md has the rest: who may sign in, a proxy, a hosted space.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS wheel
WORKDIR /source
COPY pyproject.toml requirements.txt README.md LICENSE NOTICE app.py ./
COPY .streamlit/config.toml .streamlit/
COPY docs/glossary.md docs/
COPY strata strata
COPY cache cache
COPY probing probing
COPY pages pages
RUN python -m pip wheel --quiet --no-deps --wheel-dir /wheel .

FROM python:${PYTHON}-slim AS program
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
# 1000 is the user that hosted spaces run as, and the first one of most machines.
RUN useradd --create-home --uid 1000 strata && install --directory --owner=strata --group=strata /data
COPY requirements.txt /requirements.txt
# PyTorch comes last: its build is what the targets differ in.
RUN grep -v '^torch==' /requirements.txt > /libraries.txt && python -m pip install -r /libraries.txt 'streamlit[auth]'
COPY --from=wheel /wheel /wheel
RUN python -m pip install --no-deps /wheel/*.whl && strata setup
ENV STRATA_STORE=/data/store HF_HOME=/data/hub
# The container listens on all its addresses; who reaches them is said by `docker run -p` or the proxy.
ENV STREAMLIT_SERVER_ADDRESS=0.0.0.0 STREAMLIT_SERVER_PORT=8501 STREAMLIT_SERVER_HEADLESS=true
VOLUME /data
EXPOSE 8501
WORKDIR /home/strata
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"STREAMLIT_SERVER_PORT\"]}/_stcore/health', timeout=5)"]
CMD ["strata", "app"]

FROM program AS cuda
RUN python -m pip install "$(grep -o '^torch==[0-9.]*' /requirements.txt)"
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER strata

FROM program AS cpu
ARG TORCH_INDEX=
RUN python -m pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$(grep -o '^torch==[0-9.]*' /requirements.txt)"
USER strata
